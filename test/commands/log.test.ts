import assert from 'node:assert/strict';
import { appendFile, mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { Interruption } from '../../src/platform/interruption.ts';
import { type LogEntry, toJsonLine, toTextLine } from '../../src/terminal/log-line.ts';
import { archive, site, transfer } from '../support/configuration.ts';
import { fastClock } from '../support/fast-clock.ts';
import { recordedStream } from '../support/recorded-stream.ts';
import { startCommand } from '../support/run-command.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const noon = Date.UTC(2026, 10, 22, 12);

function entry(message: string, rest: Partial<LogEntry> = {}): LogEntry {
  return { time: noon, level: 'info', run: '5f0c2a91', fields: { transfer: 't' }, message, ...rest };
}

/** A directory with a configuration, whose log has three files: one old in JSON, one in text, and the present one. */
async function fixture(t: TestContext) {
  const directory = await temporaryDirectory(t);
  const file = join(directory, 'ic.log');
  const settings = `${site}${archive}${transfer}`.replace('${env:SECRET}', 'a-secret');
  await writeFile(join(directory, 'ic.ini'), settings);
  const old = entry('old', { time: noon - 3 * 86_400_000, level: 'error', run: '0000aaaa' });
  await writeFile(`${file}.2026-11-20T000000Z`, `${toJsonLine(old)}\n`);
  const middle = [
    entry('m1', { time: noon - 86_400_000 }),
    entry('m2', { time: noon - 80_000_000, fields: {} }),
  ];
  await writeFile(`${file}.2026-11-22T000000Z`, `${middle.map(toTextLine).join('\n')}\n`);
  const present = [
    entry('p1', { level: 'warn', time: noon - 7_200_000 }),
    entry('p2', { fields: { transfer: 'other' } }),
    entry('p3', { level: 'debug', run: '77777777' }),
  ];
  await writeFile(file, `${present.map(toTextLine).join('\n')}\n`);
  const run = (...parameters: readonly string[]) =>
    startCommand(['log', ...parameters], directory, { clock: fastClock(noon) });
  return { directory, file, run };
}

function messages(lines: readonly string[]): readonly (string | undefined)[] {
  return lines.map((line) => line.split('| ')[1]);
}

for (const [parameters, expected] of [
  ['', ['old', 'm1', 'm2', 'p1', 'p2', 'p3']],
  ['--since 24h', ['m1', 'm2', 'p1', 'p2', 'p3']],
  ['--since 2026-11-22', ['p1', 'p2', 'p3']],
  ['--until 2026-11-22T11:00:00Z', ['old', 'm1', 'm2', 'p1']],
  ['--since 2d --until 3h', ['m1', 'm2']],
  ['--level warn', ['old', 'p1']],
  ['--level error', ['old']],
  ['--transfer t', ['old', 'm1', 'p1', 'p3']],
  ['--transfer other', ['p2']],
  ['--run 7777', ['p3']],
  ['-n 2', ['p2', 'p3']],
  ['--lines 2 --level warn', ['old', 'p1']],
  ['-n 0', []],
] as const) {
  test(`ic log ${parameters}: ${expected.join(' ')}`, async (t) => {
    const { run } = await fixture(t);
    const { ended, output } = run(...parameters.split(' ').filter((word) => word !== ''));
    assert.equal(await ended, 0);
    assert.deepEqual(messages(output.lines), expected);
  });
}

test('--json: one document, with the fields of every line as they were', async (t) => {
  const { run } = await fixture(t);
  const { ended, output } = run('--json', '-n', '2');
  assert.equal(await ended, 0);
  assert.deepEqual(JSON.parse(output.text), {
    command: 'log',
    entries: [
      {
        time: '2026-11-22T12:00:00.000Z',
        level: 'info',
        run: '5f0c2a91',
        transfer: 'other',
        message: 'p2',
      },
      { time: '2026-11-22T12:00:00.000Z', level: 'debug', run: '77777777', transfer: 't', message: 'p3' },
    ],
    exit_code: 0,
    error: null,
  });
});

test('--json: a document also when nothing fits', async (t) => {
  const { run } = await fixture(t);
  const { ended, output, error } = run('--json', '--run', 'none');
  assert.equal(await ended, 0);
  assert.deepEqual(JSON.parse(output.text).entries, []);
  assert.equal(error.text, '');
});

test('lines that are none of the log’s own are shown when nothing is asked for in particular', async (t) => {
  const { file, run } = await fixture(t);
  await appendFile(file, 'torn by a \u001b[2J crash');
  const all = run();
  await all.ended;
  assert.equal(all.output.lines.at(-1), 'torn by a \\u001b[2J crash');
  const some = run('--since', '7d');
  await some.ended;
  assert.equal(some.output.lines.length, 6);
});

test('a log that is not there yet is no failure', async (t) => {
  const { directory } = await fixture(t);
  await writeFile(
    join(directory, 'other.ini'),
    `${site}${archive}${transfer}[log]\nfile = none/x.log\n`.replace('${env:SECRET}', 'a-secret'),
  );
  const { ended, output, error } = startCommand(['log', '-c', 'other.ini'], directory);
  assert.equal(await ended, 0);
  assert.equal(output.text, '');
  assert.match(error.text, /x\.log has no such line/);
});

test('a configuration without a log file says what to do', async (t) => {
  const { directory } = await fixture(t);
  const text = `${site}${archive}${transfer}[log]\nfile =\n`.replace('${env:SECRET}', 'a-secret');
  await writeFile(join(directory, 'other.ini'), text);
  await assert.rejects(startCommand(['log', '-c', 'other.ini'], directory).ended, { code: 'configuration' });
});

for (const parameters of ['--lines many', '--level loud', '--since yesterday', '--transfer tt']) {
  test(`ic log ${parameters}: a usage error`, async (t) => {
    const { run } = await fixture(t);
    await assert.rejects(run(...parameters.split(' ')).ended, { code: 'usage' });
  });
}

test('a log that cannot be read is an error, and still one document', async (t) => {
  const { directory } = await fixture(t);
  await mkdir(join(directory, 'directory.log'));
  const text = `${site}${archive}${transfer}[log]\nfile = directory.log\n`.replace(
    '${env:SECRET}',
    'x'.repeat(9),
  );
  await writeFile(join(directory, 'other.ini'), text);
  await assert.rejects(startCommand(['log', '-c', 'other.ini'], directory).ended, { code: 'io' });
  const { ended, output } = startCommand(['log', '-c', 'other.ini', '--json'], directory);
  assert.equal(await ended, 74);
  assert.equal(JSON.parse(output.text).error.code, 'io');
});

test('a log that cannot be opened is named, with its remedy', {
  skip: process.platform === 'win32' && 'there, a path through a file is one that does not exist',
}, async (t) => {
  const { directory } = await fixture(t);
  const text = `${site}${archive}${transfer}[log]\nfile = ic.log/x.log\n`.replace(
    '${env:SECRET}',
    'x'.repeat(9),
  );
  await writeFile(join(directory, 'other.ini'), text);
  await assert.rejects(startCommand(['log', '-c', 'other.ini'], directory).ended, {
    code: 'io',
    message: /Cannot read .*x\.log: /,
  });
});

test('a reader that has gone ends the reading', async (t) => {
  const { directory } = await fixture(t);
  const output = recordedStream({ isClosed: true });
  assert.equal(await startCommand(['log', '--follow'], directory, { output }).ended, 0);
});

test('--follow: what is there, then what comes, over files that are set aside, until interrupted', async (t) => {
  const { directory, file } = await fixture(t);
  const controller = new AbortController();
  const { ended, output, error } = startCommand(['log', '--follow', '-n', '1', '--json'], directory, {
    clock: fastClock(noon),
    signal: controller.signal,
  });
  const shown = async (...expected: readonly string[]) => {
    while (output.lines.length < expected.length) await setImmediate();
    assert.deepEqual(
      output.lines.map((line) => JSON.parse(line).message),
      expected,
    );
  };
  await shown('p3');
  const line = toTextLine(entry('n1'));
  await appendFile(file, line.slice(0, 50));
  await appendFile(file, `${line.slice(50)}\n`);
  await shown('p3', 'n1');
  await appendFile(file, `${toTextLine(entry('n2'))}\n`);
  await rename(file, `${file}.2026-11-22T120000Z`);
  await writeFile(file, `${toTextLine(entry('n3'))}\n`);
  await rename(file, `${file}.2026-11-22T120000Z.2`);
  await writeFile(file, `${toTextLine(entry('n4'))}\n`);
  await shown('p3', 'n1', 'n2', 'n3', 'n4');
  controller.abort(new Interruption('SIGINT'));
  assert.equal(await ended, 130);
  assert.equal(error.text, '');
});
