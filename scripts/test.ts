// Runs the tests: `npm test -- [--name PATTERN] [PATH...]`. A PATH is a test file, or a folder of them.
import { globSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { parseArgs, stripVTControlCharacters } from 'node:util';
import { buildExecutable } from './executable.ts';
import { projectRoot } from './runtime.mjs';

/** Tests that drive the built executable live here, and nowhere else. */
const BLACK_BOX = ['test/build/', 'test/faults/', 'test/scripts/'];

/** Ends a test that hangs; the slowest honest ones, hundreds of random histories, take a fraction of it. */
const TIMEOUT_MS = 30 * 60 * 1000;

const { values, positionals } = parseArgs({
  options: { name: { type: 'string', multiple: true } },
  allowPositionals: true,
});

process.chdir(projectRoot);
const files = selectFiles(positionals.map(toPosix));
if (files.length === 0) fail(`No test file matches ${positionals.join(' ')}.`);
else if (needsExecutable(files) && !buildExecutable()) fail('No test was run.');
else runTests(files, values.name ?? []);

function selectFiles(filters: readonly string[]): string[] {
  const all = globSync('test/**/*.test.ts').map(toPosix).sort();
  return all.filter((file) => filters.length === 0 || filters.some((filter) => isWithin(file, filter)));
}

function toPosix(path: string): string {
  return path.replaceAll('\\', '/').replace(/^\.\//, '').replace(/\/$/, '');
}

function isWithin(file: string, filter: string): boolean {
  return file === filter || file.startsWith(`${filter}/`);
}

function needsExecutable(files: readonly string[]): boolean {
  return files.some((file) => BLACK_BOX.some((folder) => file.startsWith(folder)));
}

function runTests(files: string[], testNamePatterns: string[]): void {
  const concurrency = availableParallelism();
  const events = run({ files, testNamePatterns, concurrency, timeout: TIMEOUT_MS });
  const summary: string[] = [];
  let succeeded = false;
  let empty = 0;
  // A file in which no test ran stands in the counts as a test that passed, by the file's name.
  events.on('test:pass', ({ name }) => {
    if (files.includes(toPosix(name))) empty += 1;
  });
  events.on('test:summary', ({ file, success, counts }) => {
    if (file === undefined) succeeded = success && counts.tests > empty;
  });
  const report = events.compose(new spec());
  report.on('data', (text) => summary.push(...summaryLines(String(text))));
  report.on('end', () => end(succeeded, summary));
  report.pipe(process.stdout);
}

/** The lines that the runner itself closes with, such as `ℹ tests 12`. */
function summaryLines(text: string): string[] {
  return stripVTControlCharacters(text)
    .split('\n')
    .filter((line) => /^ℹ (tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) [\d.]+$/.test(line));
}

/** After failures the report closes with what failed: the counts are said again, so that they are always last. */
function end(succeeded: boolean, summary: readonly string[]): void {
  if (succeeded) return;
  process.exitCode = 1;
  process.stdout.write(`\n${summary.join('\n')}\n`);
}

function fail(message: string): void {
  process.stderr.write(`${message}\n`);
  process.exitCode = 1;
}
