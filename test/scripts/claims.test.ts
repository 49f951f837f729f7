import assert from 'node:assert/strict';
import { cp, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, test } from 'node:test';
import { day, hour, type Installation, install } from '../support/installation.ts';
import { addEnded, addOpen, edit, heldIn, loseState } from '../support/upheavals.ts';

const database = '[destination.database]\ntype = sqlite\npath = sessions.db';

/** How a transfer comes to be one that the state does not know. */
const losses = {
  'the state is lost': loseState,
  'the transfer is renamed': (installation: Installation) =>
    edit(installation, ['[transfer.t]', '[transfer.u]']),
  'the state is lost and the transfer renamed': async (installation: Installation) => {
    await loseState(installation);
    await edit(installation, ['[transfer.t]', '[transfer.u]']);
  },
};

describe('what only the state knew is not forgotten', { concurrency: 3 }, () => {
  for (const [what, loss] of Object.entries(losses)) {
    test(`when ${what}: a session that an archive refused`, async (t) => {
      const installation = await install(t, {
        transfer: 'start = 30d',
        destination: 'file_name = %LSID%.%EXTENSION%\non_conflict = overwrite',
      });
      const { archive, pull } = installation;
      const refused = addEnded(installation, 10 * day);
      const others = [20 * day, hour].map((ago) => addEnded(installation, ago));
      const obstacle = join(archive, `${refused}.xml`);
      await mkdir(join(obstacle, 'in-the-way'), { recursive: true });
      assert.deepEqual((await pull()).code, 3);
      await rm(obstacle, { recursive: true });
      await loss(installation);
      await pullUntilQuiet(installation);
      assert.deepEqual(await heldIn(archive, '.xml', [refused, ...others]), [refused, ...others].sort());
    });

    test(`when ${what}: a session that a database refused`, async (t) => {
      const installation = await install(t, { transfer: 'start = 30d', into: 'database', more: database });
      const { directory, pull } = installation;
      await pull();
      const refused = addEnded(installation, 5 * day);
      addEnded(installation, hour);
      const path = join(directory, 'sessions.db');
      execute(
        path,
        `CREATE TRIGGER refuse BEFORE INSERT ON session WHEN NEW.lsid = '${refused}' BEGIN SELECT RAISE(ABORT, 'no'); END`,
      );
      assert.equal((await pull(['--since', '6d'])).code, 3);
      assert.equal(owedIn(await installation.json(['state', 'show'])), 1);
      execute(path, 'DROP TRIGGER refuse');
      await loss(installation);
      await pullUntilQuiet(installation);
      assert.deepEqual(query(path, `SELECT count(*) AS count FROM session WHERE lsid = '${refused}'`), [
        { count: 1 },
      ]);
    });

    test(`when ${what} during the first sweep: sessions that never ended`, async (t) => {
      const installation = await install(t, { transfer: 'start = 60d\nsweep = 7d' });
      const { appliance, archive, pull } = installation;
      const never = [12, 25, 40].map((days) => addOpen(installation, days * day));
      addEnded(installation, hour);
      appliance.faults.add(
        { type: 'status', status: 503 },
        { where: ({ parameters }) => 'start_time' in parameters, times: Number.POSITIVE_INFINITY },
      );
      assert.notEqual((await pull()).code, 0);
      appliance.faults.clear();
      await loss(installation);
      assert.equal((await pull()).code, 0);
      assert.deepEqual(await heldIn(archive, '.xml', never), never.toSorted());
    });

    test(`when ${what}: a recording that was owed from before the start`, async (t) => {
      const installation = await install(t, { transfer: 'data = sessions, session-recordings\nstart = 5d' });
      const { appliance, archive, pull } = installation;
      const owed = addEnded(installation, 4 * day);
      appliance.recordings.configure({ state: 'never' });
      await pull();
      appliance.recordings.configure({ state: 'ready' });
      await loss(installation);
      await pullUntilQuiet(installation);
      assert.deepEqual(await heldIn(archive, '.mp4', [owed]), [owed]);
    });
  }
});

describe('a claim of the destination', { concurrency: 3 }, () => {
  for (const [name, into, more] of [
    ['an archive', 'archive', ''],
    ['a database', 'database', database],
  ] as const) {
    test(`in ${name} is that of one transfer: a second one begins at its own start`, async (t) => {
      const second = `[transfer.all]\nsite = hq\ndestination = ${into}\ndata = sessions\nstart = all`;
      const installation = await install(t, { transfer: 'start = 1d', into, more });
      const { json, pull } = installation;
      for (let days = 0.5; days < 20; days += 2) addEnded(installation, days * day);
      assert.equal((await pull()).sessions.delivered, 1);
      await edit(installation, ['[transfer.t]', `${second}\n[transfer.t]`]);
      const { document } = await json(['pull', 'all']);
      assert.deepEqual([document.exit_code, document.transfers[0].kinds.sessions.delivered], [0, 9]);
      await loseState(installation);
      addEnded(installation, hour);
      assert.equal((await json(['pull', 't'])).code, 0);
      const again = await json(['pull', 'all']);
      assert.equal(again.document.transfers[0].kinds.sessions.delivered, 0, 't brought it');
      addEnded(installation, 25 * day);
      await json(['state', 'rewind', 'all', '--to', '30d']);
      assert.equal((await json(['pull', 'all'])).document.transfers[0].kinds.sessions.delivered, 1);
    });
  }

  test('does not reach into the future of this machine, and is lowered when it did', async (t) => {
    const installation = await install(t, { transfer: 'start = 60d\nsweep = 7d' });
    const { appliance, archive, pull } = installation;
    await pull();
    appliance.clock.advance(30 * day * 1000);
    addEnded(installation, hour);
    await pull();
    await pull();
    appliance.clock.advance(-30 * day * 1000);
    await pull();
    await loseState(installation);
    const late = [20, 9, 3].map((days) => addEnded(installation, days * day));
    await pull();
    const { document } = await installation.json(['check', '--destination', 'archive']);
    assert.equal(document.exit_code, 0);
    const claims = (await lastClaims(archive)).map(({ watermark }) => Date.parse(watermark as string));
    assert.ok(claims.every((until) => until <= Date.now()));
    assert.ok((await heldIn(archive, '.xml', late)).length >= 1);
  });

  test('of version 0.1.0, which did not say from where on it holds, is none', async (t) => {
    const installation = await install(t, { transfer: 'start = 30d' });
    const { archive, pull } = installation;
    const early = addEnded(installation, 20 * day);
    await pull();
    const { formatLine, hashLine } = await import('../../src/destinations/file-system/manifest-line.ts');
    const { appendFile, readFile } = await import('node:fs/promises');
    const folder = join(archive, 'ic-manifest');
    const [file = ''] = (await readdir(folder)).filter((name) => name.endsWith('.jsonl'));
    const lines = (await readFile(join(folder, file), 'utf8')).trimEnd().split('\n');
    const last = lines.at(-1) ?? '';
    const now = new Date().toISOString();
    const entry = {
      type: 'watermark',
      at: now,
      transfer: 't',
      site: 'hq',
      kind: 'sessions',
      watermark: now,
    } as const;
    await appendFile(
      join(folder, file),
      `${formatLine(entry, { seq: lines.length + 1, previous: hashLine(last) })}\n`,
    );
    await loseState(installation);
    const missed = addEnded(installation, 15 * day);
    const { code, sessions } = await pull();
    assert.deepEqual([code, sessions.delivered], [0, 1]);
    assert.deepEqual(await heldIn(archive, '.xml', [early, missed]), [early, missed].sort());
  });

  test('is where the sweep goes on from after a lost state, too', async (t) => {
    const installation = await install(t, { transfer: 'start = 60d\nsweep = 7d' });
    const { appliance, pull } = installation;
    addEnded(installation, hour);
    await pull();
    await loseState(installation);
    appliance.requests.clear();
    await pull();
    const swept = appliance.requests
      .all()
      .flatMap(({ parameters }) =>
        parameters.start_time === undefined ? [] : [Number(parameters.start_time)],
      );
    assert.ok(swept.length > 0);
    const now = appliance.clock.seconds();
    assert.ok(Math.min(...swept) > now - 8 * day, 'not from the transfer’s start');
    assert.ok(Math.min(...swept) <= now - 7 * day, 'as far as on other days');
  });
});

describe('after an older copy was restored', { concurrency: 3 }, () => {
  for (const [name, into, more, path] of [
    ['an archive', 'archive', '', 'archive'],
    ['a database', 'database', database, 'sessions.db'],
  ] as const) {
    test(`of ${name}, the way back that the message names fetches what came since`, async (t) => {
      const installation = await install(t, { transfer: 'start = 10d', into, more });
      const { appliance, directory, ic, pull } = installation;
      const place = join(directory, path);
      const early = addEnded(installation, 2 * hour);
      await pull();
      await cp(place, `${place}-copy`, { recursive: true });
      const later = [1, 2, 3].map((minutes) => addEnded(installation, hour - minutes * 60));
      await pull();
      await rm(place, { recursive: true });
      await rename(`${place}-copy`, place);
      appliance.requests.clear();
      const refused = await pull();
      assert.equal(refused.code, 74);
      assert.equal(appliance.requests.count({ api: 'reporting' }), 0);
      assert.match(refused.transfer.error.message, /older than when transfer t last delivered to it/);
      const [, command = ''] = /run: ic (state forget t);/.exec(refused.transfer.error.hint) ?? [];
      const dry = await pull(['--dry-run']);
      assert.deepEqual([dry.code, dry.transfer.error.message], [74, refused.transfer.error.message]);
      assert.equal((await ic(command.split(' '))).code, 0);
      const expected = await pull(['--dry-run']);
      assert.deepEqual(
        [expected.code, expected.sessions.delivered],
        [0, 3],
        'a dry run knows what will come',
      );
      const { code, sessions } = await pull();
      assert.deepEqual([code, sessions.delivered], [0, 3]);
      assert.equal((await ic(['verify', into])).code, 0);
      if (into === 'archive') {
        assert.deepEqual(await heldIn(place, '.xml', [early, ...later]), [early, ...later].sort());
      }
    });
  }
});

/** Until nothing is owed any more; what was refused is asked for again after a pause. */
async function pullUntilQuiet({ appliance, pull }: Installation): Promise<void> {
  for (let round = 0; round < 4; round += 1) {
    const { code, stderr } = await pull();
    if (code === 0 && round > 0) return;
    assert.ok(code === 0 || code === 3, stderr);
    appliance.clock.advance(10 * 60 * 1000);
  }
}

// biome-ignore lint/suspicious/noExplicitAny: A document as a script would read it, without types.
function owedIn({ document }: { readonly document: any }): number {
  return document.transfers[0].kinds.sessions.owed.length;
}

async function lastClaims(archive: string): Promise<readonly Record<string, unknown>[]> {
  const { manifestLines } = await import('../support/archive.ts');
  return (await manifestLines(archive)).filter(({ type }) => type === 'watermark').slice(-1);
}

function execute(path: string, sql: string): void {
  const connection = new DatabaseSync(path);
  connection.exec(sql);
  connection.close();
}

function query(path: string, sql: string): readonly unknown[] {
  const connection = new DatabaseSync(path, { readOnly: true });
  try {
    return connection
      .prepare(sql)
      .all()
      .map((row) => ({ ...row }));
  } finally {
    connection.close();
  }
}
