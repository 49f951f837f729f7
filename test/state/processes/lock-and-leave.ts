import { acquireLock } from '../../../src/platform/lock.ts';

const lock = await acquireLock(process.argv[2] ?? '');
process.stdout.write(`${lock === null ? 'refused' : 'held'}\n`);
