import { execFileSync } from 'node:child_process';
import { systemClock } from '../../../src/platform/clock.ts';
import { LogFile } from '../../../src/terminal/log-file.ts';

// Writes fifty lines to FILE while no file may grow beyond a limit, which is lifted before the last ten.
const failures: unknown[] = [];
const file = new LogFile({
  path: process.argv[2] ?? '',
  maxSize: 1_000_000,
  retentionDays: 30,
  clock: systemClock,
  onFailure: (error) => failures.push(error),
});
for (let number = 0; number < 50; number += 1) {
  file.append(`line ${number} ${'x'.repeat(90)}.`);
  file.flush();
  if (number === 40) execFileSync('prlimit', ['--pid', String(process.pid), '--fsize=unlimited']);
}
await file.close();
process.stdout.write(`${failures.length}\n`);
