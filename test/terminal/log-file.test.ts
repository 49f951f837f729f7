import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { LogFile, type LogFileOptions } from '../../src/terminal/log-file.ts';
import { parseLogLine } from '../../src/terminal/log-line.ts';
import { rotatedFiles } from '../../src/terminal/log-rotation.ts';
import { startChild } from '../support/child.ts';
import { fastClock } from '../support/fast-clock.ts';
import { namesIn } from '../support/names-in.ts';
import { runProgram } from '../support/program.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const writeLog = new URL('./processes/write-log.ts', import.meta.url);

function openFile(path: string, options: Partial<LogFileOptions> = {}): LogFile {
  return new LogFile({
    path,
    maxSize: 1000,
    retentionDays: 30,
    clock: fastClock(Date.UTC(2026, 10, 22, 19, 30, 1)),
    onFailure: (error) => assert.fail(String(error)),
    ...options,
  });
}

async function writeOnce(path: string, line: string, options: Partial<LogFileOptions> = {}): Promise<void> {
  const file = openFile(path, options);
  file.append(line);
  await file.close();
}

test('a file that has grown to its size is set aside, with the time in its name; one second may have several', async (t) => {
  const directory = await temporaryDirectory(t);
  const path = join(directory, 'ic.log');
  for (const letter of ['a', 'b', 'c', 'd']) await writeOnce(path, letter.repeat(letter === 'd' ? 10 : 1000));
  assert.deepEqual(await namesIn(directory), [
    'ic.log',
    'ic.log.2026-11-22T193001Z',
    'ic.log.2026-11-22T193001Z.2',
    'ic.log.2026-11-22T193001Z.3',
  ]);
  const texts = await Promise.all((await rotatedFiles(path)).map((file) => readFile(file.path, 'utf8')));
  assert.deepEqual(texts.map((text) => text[0]).join(''), 'abc');
  assert.equal(await readFile(path, 'utf8'), `${'d'.repeat(10)}\n`);
});

test('what was set aside is removed after its days, and nothing else is', async (t) => {
  const directory = await temporaryDirectory(t);
  const path = join(directory, 'ic.log');
  const others = ['ic.log.1', 'ic.log.2020-01-01', 'ic.log.gz', 'other.log.2020-01-01T000000Z', 'ic.log.old'];
  const kept = ['ic.log.2026-10-24T000000Z', 'ic.log.2026-11-22T193001Z'];
  const old = ['ic.log.2020-01-01T000000Z', 'ic.log.2026-10-22T000000Z', 'ic.log.2026-10-22T000000Z.2'];
  for (const name of [...others, ...kept, ...old]) await writeFile(join(directory, name), '');
  await writeOnce(path, 'x');
  assert.deepEqual(await namesIn(directory), [...others, ...kept, 'ic.log'].sort());
});

test('a file that another process set aside is noticed, and one that was removed is made again', async (t) => {
  const directory = await temporaryDirectory(t);
  const path = join(directory, 'ic.log');
  const file = openFile(path);
  file.append('first');
  file.flush();
  await rename(path, `${path}.2026-11-22T193001Z`);
  file.append('second');
  await file.close();
  assert.equal(await readFile(`${path}.2026-11-22T193001Z`, 'utf8'), 'first\n');
  assert.equal(await readFile(path, 'utf8'), 'second\n');
});

test('a file that cannot be set aside is written on, with one complaint', async (t) => {
  const directory = await temporaryDirectory(t);
  const path = join(directory, 'ic.log');
  // Without a time there is no name for what is set aside.
  const failures: unknown[] = [];
  const clock = { ...fastClock(), now: () => Number.NaN };
  const file = openFile(path, { clock, onFailure: (error) => failures.push(error) });
  for (let number = 0; number < 5; number += 1) {
    file.append('x'.repeat(1000));
    file.flush();
    await new Promise((resolve) => setImmediate(resolve));
  }
  await file.close();
  assert.equal((await readFile(path, 'utf8')).length, 5005);
  assert.equal(failures.length, 1);
});

test('processes that write and set aside at once lose no line and tear none', async (t) => {
  const directory = await temporaryDirectory(t);
  const path = join(directory, 'ic.log');
  const runs = ['run-a', 'run-b', 'run-c', 'run-d'];
  const lines = 1500;
  const children = runs.map((id) => startChild(t, writeLog, [path, id, String(lines), '20000']));
  for (const child of children) {
    assert.equal((await child.ended).code, 0);
    assert.deepEqual(child.lines, [], 'nothing was complained of');
  }
  const setAside = (await rotatedFiles(path)).map((file) => file.path);
  // The last line may have been the one with which a file was set aside.
  const files = existsSync(path) ? [...setAside, path] : setAside;
  assert.ok(files.length > 5, 'files were set aside');
  const texts = await Promise.all(files.map((file) => readFile(file, 'utf8')));
  const entries = texts.join('').trimEnd().split('\n').map(parseLogLine);
  for (const run of runs) {
    const numbers = entries.filter((entry) => entry?.run === run).map((entry) => entry?.fields.number);
    numbers.sort((left, right) => Number(left) - Number(right));
    assert.deepEqual(
      numbers,
      Array.from({ length: lines }, (_, number) => number),
    );
  }
  assert.equal(entries.length, runs.length * lines);
});

test('nothing is lost when the process exits without closing the log', async (t) => {
  const path = join(await temporaryDirectory(t), 'ic.log');
  const child = startChild(t, writeLog, [path, 'run-a', '100', '1000000', 'exit']);
  assert.equal((await child.ended).code, 7);
  assert.equal((await readFile(path, 'utf8')).split('\n').length, 101);
});

test('what a full disk cut off is written again, on a line of its own, when there is room', {
  skip: spawnSync('prlimit', ['--version']).status !== 0,
}, async (t) => {
  const path = join(await temporaryDirectory(t), 'ic.log');
  const script = fileURLToPath(new URL('./processes/write-past-limit.ts', import.meta.url));
  // A file that grows beyond 2 kB stands for a disk that is full: the system's answer to both is a write cut short.
  const limited = `trap '' XFSZ; ulimit -S -f 2; exec "${process.execPath}" "${script}" "${path}"`;
  const { stdout, code } = await runProgram('bash', ['-c', limited]);
  assert.equal(code, 0);
  assert.equal(stdout, '1\n', 'it is complained of once');
  const lines = (await readFile(path, 'utf8')).split('\n').filter((line) => line.endsWith('.'));
  assert.deepEqual(
    lines.map((line) => line.split(' ')[1]),
    Array.from({ length: 50 }, (_, number) => String(number)),
  );
});

test('a place that is not there is made', async (t) => {
  const directory = join(await temporaryDirectory(t), 'a');
  await mkdir(directory);
  await writeOnce(join(directory, 'b', 'c', 'ic.log'), 'x');
  assert.equal(await readFile(join(directory, 'b', 'c', 'ic.log'), 'utf8'), 'x\n');
});
