import { acquireLock } from '../../../src/platform/lock.ts';

const [path = '', waitMs = '0'] = process.argv.slice(2);
const started = performance.now();
const lock = await acquireLock(path, { waitMs: Number(waitMs) });
process.stdout.write(`${lock === null ? 'refused' : 'held'} ${Math.round(performance.now() - started)}\n`);
if (lock !== null) {
  for await (const _ of process.stdin);
  await lock.release();
  process.stdout.write('released\n');
}
