import assert from 'node:assert/strict';
import { readdir, readFile, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Destination } from '../../../src/destinations/destination.ts';
import type { LogFields, Logger } from '../../../src/platform/logger.ts';
import { version } from '../../../src/platform/version.ts';
import { calm, statuses } from '../../conformance/support.ts';
import {
  claimUntil,
  makeFileDelivery,
  makePresentationDelivery,
  makeSessionDelivery,
  sampleTime,
} from '../../support/deliveries.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';
import { connectProgram, hasGone, nodeCommand, type ProgramOptions } from './support.ts';

test('a run is told from hello to goodbye', async (context) => {
  const { destination, heard } = await recording(context, {
    kinds: ['sessions', 'presentations'],
    settings: { url: 'https://siem.example.com', empty: '' },
  });
  const session = await makeSessionDelivery({ lsid: 'a1', externalKey: 'HD-7' });
  const presentation = await makePresentationDelivery({ lsid: 'p1', chat: 'Training 👩‍🏫' });
  await destination.open(calm);
  assert.deepEqual(destination.capabilities, {
    ...destination.capabilities,
    kinds: new Set(['sessions', 'presentations']),
    batch: { items: 3, bytes: 1_000_000 },
    recognises: true,
  });
  await destination.deliver([session, presentation], calm);
  await destination.advance('sessions', claimUntil(sampleTime), calm);
  await destination.deliver([session], calm);
  await destination.close();

  const { names, contentHash, raw } = session;
  const record = JSON.parse(JSON.stringify(session.record));
  const item = { type: 'session', item: 1, kind: 'sessions', contentHash, names };
  assert.deepEqual(await heard(), [
    {
      type: 'hello',
      protocol: 1,
      ic: version,
      destination: 'plugin',
      transfer: 'hq-to-plugin',
      site: 'hq',
      kinds: ['sessions', 'presentations'],
      check: false,
      configuration: { url: 'https://siem.example.com', empty: '' },
    },
    { ...item, model: record, raw: Buffer.from(raw).toString() },
    {
      type: 'presentation',
      item: 2,
      kind: 'presentations',
      contentHash: presentation.contentHash,
      names: presentation.names,
      model: presentation.record,
      raw: Buffer.from(presentation.raw).toString(),
    },
    { type: 'commit', batch: 1 },
    { type: 'advance', kind: 'sessions', watermark: sampleTime, time: '2026-11-22T10:00:00Z' },
    { ...item, item: 3, model: record, raw: Buffer.from(raw).toString() },
    { type: 'commit', batch: 2 },
    { type: 'goodbye' },
  ]);
});

test('a refused item is owed, a skipped one is not, and the others are stored', async (context) => {
  const { destination } = await recording(context, { settings: { refuse: 'b2', skip: 'b3' } });
  const batch = await Promise.all(['b1', 'b2', 'b3'].map((lsid) => makeSessionDelivery({ lsid })));
  await destination.open(calm);
  const outcomes = await destination.deliver(batch, calm);
  await destination.close();

  assert.deepEqual(statuses(outcomes), ['stored', 'refused', 'skipped']);
  assert.deepEqual(
    outcomes.map(({ bytes }) => bytes),
    [batch[0]?.raw.length, 0, 0],
  );
  assert.match(
    outcomes[1]?.error?.message ?? '',
    /refused sessions b2 of support\.example\.com: not this one/,
  );
});

test('a program may take a file away, and where files wait is gone at the end', async (context) => {
  const { destination, directory, heard } = await recording(context, {
    kinds: ['session-recordings'],
    settings: { take: 'taken.mp4' },
  });
  await destination.open(calm);
  const staging = await destination.stagingDirectory('session-recordings', calm);
  const file = await makeFileDelivery({ kind: 'session-recordings', lsid: 'a1', content: 'film' }, staging);
  const [outcome] = await destination.deliver([file], calm);
  await destination.close();

  assert.deepEqual([outcome?.status, outcome?.bytes], ['stored', 4]);
  assert.equal(await readFile(join(directory, 'taken.mp4'), 'utf8'), 'film');
  const { kind, names, path, bytes, sha256, extension, downloadedAt } = file;
  const told = { kind, names, path, bytes, sha256, extension, downloadedAt };
  assert.deepEqual((await heard())[1], { type: 'file', item: 1, ...told });
  assert.deepEqual(await waitingDirectories(directory), []);
});

test('where files waited for a killed run is removed after a day', async (context) => {
  const { destination, directory } = await recording(context, { kinds: ['backups'] });
  const other = connectProgram('unused', directory);
  const [old, recent] = [await other.stagingDirectory('backups', calm), ''];
  assert.equal(recent, '');
  const now = Date.now() / 1000;
  await utimes(old, now - 90_000, now - 90_000);
  const mine = await destination.stagingDirectory('backups', calm);

  assert.deepEqual(await waitingDirectories(directory), [mine.slice(directory.length + 1)]);
});

test('downloads that end at once are delivered one after the other', async (context) => {
  const { destination, heard } = await recording(context, { kinds: ['session-recordings'] });
  await destination.open(calm);
  const staging = await destination.stagingDirectory('session-recordings', calm);
  const files = await Promise.all(
    ['a1', 'a2', 'a3'].map((lsid) =>
      makeFileDelivery({ kind: 'session-recordings', lsid, content: lsid }, staging),
    ),
  );
  const outcomes = await Promise.all(files.map((file) => destination.deliver([file], calm)));
  await destination.close();

  assert.deepEqual(outcomes.map(statuses), [['stored'], ['stored'], ['stored']]);
  const types = (await heard()).map(({ type }) => type);
  assert.deepEqual(types, ['hello', ...Array(3).fill(['file', 'commit']).flat(), 'goodbye']);
});

test('what a program logs and what it writes to standard error go to the log, in bounds', async (context) => {
  const { logger, entries } = remembering();
  const settings = { log: 'mind the\u001b[2J gap', complain: 'no such table', chatter: '5000' };
  const { destination } = await recording(context, { logger, settings });
  await destination.open(calm);
  await destination.close();

  assert.ok(entries.some(({ level, message }) => level === 'warn' && message === 'mind the [2J gap'));
  assert.ok(entries.some(({ level, message }) => level === 'info' && message === 'no such table'));
  assert.ok(entries.every(({ fields }) => fields.destination === 'plugin'));
  assert.ok(entries.length < 1000, `${entries.length} lines`);
  assert.match(entries.at(-1)?.message ?? '', /^\d+ lines of its log were left out/);
});

test('secrets are on standard input alone', async (context) => {
  const environment = { ...process.env, HELPDESK_TOKEN: 's3cret-value', IC_KEY: 'key', LEFT: 'alone' };
  const { destination, heard } = await recording(context, {
    environment,
    secrets: ['s3cret-value'],
    settings: { token: 's3cret-value', tell: 'yes' },
  });
  await destination.open(calm);
  await destination.close();

  const [hello, surroundings] = await heard();
  assert.match(JSON.stringify(hello), /s3cret-value/);
  assert.doesNotMatch(JSON.stringify(surroundings), /s3cret-value|IC_KEY/);
  assert.match(JSON.stringify(surroundings), /"LEFT":"alone"/);
});

test('a huge session passes a slow reader that talks back', async (context) => {
  const { destination, heard } = await recording(context, { settings: { slow: 'yes' } });
  const huge = await makeSessionDelivery({ lsid: 'huge', padding: 8_000_000 });
  await destination.open(calm);
  assert.deepEqual(statuses(await destination.deliver([huge], calm)), ['stored']);
  await destination.close();

  const session = (await heard()).find(({ type }) => type === 'session');
  assert.equal(Buffer.from(String(session?.raw)).equals(huge.raw), true);
});

test('an interrupted run leaves nobody behind', { skip: process.platform === 'win32' }, async (context) => {
  const { destination, heard } = await recording(context, { settings: { stubborn: 'yes' } });
  const controller = new AbortController();
  const reason = new Error('stopped by the test');
  await destination.open(calm);
  const delivery = destination.deliver([await makeSessionDelivery({ lsid: 'a1' })], controller.signal);
  controller.abort(reason);

  await assert.rejects(delivery, reason);
  await destination.close();
  const pids = (await heard()).find(({ type }) => type === 'pids')?.pids as readonly number[];
  assert.equal(pids.length, 2);
  await Promise.all(pids.map(hasGone));
});

test('a check says hello and goodbye, and tells what the program remarks', async (context) => {
  const { destination, heard } = await recording(context, {
    settings: { log: 'the certificate expires soon' },
  });
  const results = await Array.fromAsync(destination.check(calm));
  await destination.close();

  assert.deepEqual(
    (await heard()).map(({ type, check }) => [type, check]),
    [
      ['hello', true],
      ['goodbye', undefined],
    ],
  );
  assert.deepEqual(
    results.map(({ ok, warning = false, message }) => ({ ok, warning, message })),
    [
      {
        ok: true,
        warning: false,
        message: 'The program is ready. It takes sessions, 3 at once, and recognises what it has.',
      },
      { ok: true, warning: true, message: 'the certificate expires soon' },
    ],
  );
});

type Message = Readonly<Record<string, unknown>>;

async function recording(context: TestContext, options: ProgramOptions) {
  const directory = await temporaryDirectory(context);
  const script = new URL('plugins/recording.ts', import.meta.url);
  const destination: Destination = connectProgram(nodeCommand(script), directory, options);
  context.after(() => destination.close());
  const heard = async (): Promise<readonly Message[]> => {
    const text = await readFile(join(directory, 'heard.ndjson'), 'utf8');
    return text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
  };
  return { destination, directory, heard };
}

async function waitingDirectories(directory: string): Promise<readonly string[]> {
  return (await readdir(directory)).filter((name) => name.startsWith('.ic-plugin-files-'));
}

interface Entry {
  readonly level: string;
  readonly message: string;
  readonly fields: LogFields;
}

function remembering(): { readonly logger: Logger; readonly entries: readonly Entry[] } {
  const entries: Entry[] = [];
  const loggerWith = (common: LogFields): Logger => {
    const at = (level: string) => (message: string, fields?: LogFields) =>
      void entries.push({ level, message, fields: { ...common, ...fields } });
    return {
      error: at('error'),
      warn: at('warn'),
      info: at('info'),
      debug: at('debug'),
      with: (fields) => loggerWith({ ...common, ...fields }),
    };
  };
  return { logger: loggerWith({}), entries };
}
