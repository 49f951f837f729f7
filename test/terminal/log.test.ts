import assert from 'node:assert/strict';
import { mkdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { LogConfig } from '../../src/config/configuration.ts';
import { type LogOptions, openLog } from '../../src/terminal/log.ts';
import { unwritableLog } from '../../src/terminal/log-file.ts';
import { fastClock } from '../support/fast-clock.ts';
import { recordedStream } from '../support/recorded-stream.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const usual = { level: 'info', format: 'text', maxSize: 10_000_000, retentionDays: 30 } as const;

async function fixture(
  t: TestContext,
  { log = {}, ...options }: Partial<LogOptions> & { readonly log?: Partial<LogConfig> } = {},
) {
  const file = join(await temporaryDirectory(t), 'ic.log');
  const error = recordedStream();
  const opened = await openLog({
    config: { ...usual, file, ...log },
    error,
    verbosity: 0,
    quiet: false,
    clock: fastClock(Date.UTC(2026, 10, 22, 19, 30, 1, 123)),
    runId: '5f0c2a91',
    secrets: [],
    ...options,
  });
  return { file, error, ...opened, written: () => readFile(file, 'utf8') };
}

test('the file gets every line of its level, whole; standard error only what went wrong, and short', async (t) => {
  const { logger, close, error, written } = await fixture(t);
  const transfer = logger.with({ transfer: 'hq' });
  transfer.info('3 sessions', { seen: 12 });
  transfer.debug('nothing for the file');
  transfer.warn('Site hq answers 503.', { attempt: 2 });
  logger.error('It failed.');
  await close();
  assert.equal(
    await written(),
    '2026-11-22T19:30:01.123Z info  run=5f0c2a91 transfer=hq seen=12 | 3 sessions\n' +
      '2026-11-22T19:30:01.123Z warn  run=5f0c2a91 transfer=hq attempt=2 | Site hq answers 503.\n' +
      '2026-11-22T19:30:01.123Z error run=5f0c2a91 | It failed.\n',
  );
  assert.equal(error.text, 'ic: warning: hq: Site hq answers 503.\nic: error: It failed.\n');
});

test('format = json: an object per line', async (t) => {
  const { logger, close, written } = await fixture(t, { log: { format: 'json' } });
  logger.with({ transfer: 'hq' }).info('a\nb');
  await close();
  assert.deepEqual(JSON.parse(await written()), {
    time: '2026-11-22T19:30:01.123Z',
    level: 'info',
    run: '5f0c2a91',
    transfer: 'hq',
    message: 'a\nb',
  });
});

for (const [name, options, shown] of [
  ['by default', {}, ['error', 'warn']],
  ['-v', { verbosity: 1 }, ['error', 'warn', 'info']],
  ['-vv', { verbosity: 2 }, ['error', 'warn', 'info', 'debug']],
  ['--quiet', { quiet: true }, ['error']],
  ['--quiet -v', { quiet: true, verbosity: 1 }, ['error']],
] as const) {
  for (const isTerminal of [true, false]) {
    test(`standard error shows ${shown.join(', ')} ${name}, ${isTerminal ? 'on a terminal' : 'elsewhere'}`, async (t) => {
      const error = recordedStream({ isTerminal });
      const { logger, close, written } = await fixture(t, { ...options, error, log: { level: 'error' } });
      for (const level of ['error', 'warn', 'info', 'debug'] as const) logger[level](`said as ${level}`);
      await close();
      assert.deepEqual(
        error.lines.map((line) => /said as (\w+)/.exec(line)?.[1]),
        shown,
      );
      assert.equal((await written()).split('\n').length, 2, 'the file keeps to its own level');
    });
  }
}

test('-v names the fields to a person, and gives whoever collects standard error the times too', async (t) => {
  const person = recordedStream({ isTerminal: true });
  const collected = recordedStream();
  for (const error of [person, collected]) {
    const { logger, close } = await fixture(t, { error, verbosity: 1 });
    logger.info('Done.', { transfer: 'hq', seen: 12, since: null });
    await close();
  }
  assert.equal(person.text, 'ic: hq: Done. (seen 12)\n');
  assert.equal(
    collected.text,
    '2026-11-22T19:30:01.123Z info  run=5f0c2a91 transfer=hq seen=12 since=null | Done.\n',
  );
});

test('colours only where the stream has them', async (t) => {
  const error = recordedStream({ isTerminal: true, color: true });
  const { logger, close } = await fixture(t, { error });
  logger.error('no');
  await close();
  assert.equal(error.text, 'ic: \u001b[31merror:\u001b[39m no\n');
});

test('secrets appear in no line, wherever they stand and however they are written', async (t) => {
  const secrets = ['p4ss"word\nx', 'c1ient-s3cret'];
  for (const format of ['text', 'json'] as const) {
    const { logger, close, error, written, tail } = await fixture(t, {
      secrets,
      verbosity: 2,
      log: { format },
    });
    const log = logger.with({ transfer: 'c1ient-s3cret' });
    log.warn('sent p4ss"word\nx to https://u:pw1234@hq/api?signature=s1gned', {
      header: 'Bearer t0kent0ken',
    });
    await close();
    for (const text of [error.text, await written(), tail(10)]) {
      assert.match(text, /sent \*\*\*/);
      assert.doesNotMatch(text, /p4ss|word|c1ient|s1gned|pw1234|t0ken/);
    }
  }
});

test('tail: the last lines of this run, file or none', async (t) => {
  const { logger, close, tail } = await fixture(t, { config: null });
  for (let number = 1; number <= 300; number += 1) logger.info(`line ${number}`);
  logger.debug('too fine');
  await close();
  assert.deepEqual(
    tail(2)
      .split('\n')
      .map((line) => line.split('| ')[1]),
    ['line 299', 'line 300', undefined],
  );
  assert.equal(tail(0), '');
  assert.ok(tail(1e6).split('\n').length <= 301, 'what is remembered is bounded');
});

test('a file that cannot be written is one warning, and lines are not lost if it can be later', async (t) => {
  const { file, error, logger, close, written } = await fixture(t);
  await mkdir(file);
  logger.info('first');
  await new Promise((resolve) => setImmediate(resolve));
  logger.info('second');
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(error.lines.length, 1);
  assert.match(error.text, /^ic: warning: Cannot write the log .*ic\.log: .*EISDIR/);
  await rmdir(file);
  logger.info('third');
  await close();
  assert.deepEqual((await written()).match(/\| \w+/g), ['| first', '| second', '| third']);
  assert.equal(error.lines.length, 1);
});

test('--quiet: that the log cannot be written is told all the same', async (t) => {
  const { file, error, logger, close } = await fixture(t, { quiet: true });
  await mkdir(file);
  logger.info('first');
  await close();
  assert.match(error.text, /^ic: warning: Cannot write the log .*ic\.log: .*The run goes on without it/);
});

test('a log of another user is what is to be given to this one, not its directory', async (t) => {
  const file = join(await temporaryDirectory(t), 'ic.log');
  const denied = Object.assign(new Error('denied'), { code: 'EACCES', syscall: 'open' });
  assert.match(unwritableLog(denied, file).hint ?? '', /directory|read and write/, 'there is no such file');
  await writeFile(file, '');
  const { code, message, hint } = unwritableLog(denied, file);
  assert.equal(code, 'io');
  assert.match(message, /Cannot write the log .*ic\.log: permission denied/);
  assert.match(hint ?? '', /Give .*ic\.log to the user that runs ic/);
});

test('the directory of the file is made', async (t) => {
  const directory = join(await temporaryDirectory(t), 'var', 'log');
  const { logger, close, error } = await fixture(t, { log: { file: join(directory, 'ic.log') } });
  logger.info('here');
  await close();
  assert.match(await readFile(join(directory, 'ic.log'), 'utf8'), /here/);
  assert.equal(error.text, '');
});

test('a run that says nothing makes no file', async (t) => {
  const { close, written } = await fixture(t);
  await close();
  await assert.rejects(written(), { code: 'ENOENT' });
});
