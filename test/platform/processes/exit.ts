import { exitWith } from '../../../src/platform/exit.ts';

/* Exits as work does that ends with a number, that is never done, or that throws. */
const [how = ''] = process.argv.slice(2);
exitWith(work());

async function work(): Promise<number> {
  if (how === 'never') await new Promise<never>(() => {});
  if (how === 'throws') throw new Error('thrown');
  return Number(how);
}
