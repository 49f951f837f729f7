import { setTimeout } from 'node:timers/promises';
import { openState } from '../../../src/state/store.ts';

/*
 * Commits items `from` to `to` of a transfer one by one, and prints each number once its commit has resolved. Says
 * `ready` and waits for a line before it begins; works for `workMs` before each commit.
 */
const [path = '', transfer = '', from = '0', to = '0', workMs = '0'] = process.argv.slice(2);
const state = await openState(path);
process.stdout.write('ready\n');
await new Promise((resolve) => process.stdin.once('data', resolve));
await state.commit([{ type: 'begin', transfer, site: 'site', destination: 'destination' }]);
for (let number = Number(from); number < Number(to); number += 1) {
  await setTimeout(Number(workMs));
  const item = { kind: 'sessions', lsid: `${number}`, instance: 0 } as const;
  await state.commit([
    { type: 'delivered', transfer, item, hash: 'a'.repeat(64), time: number, bytes: 1, counts: true },
    { type: 'watermark', transfer, kind: 'sessions', watermark: number },
  ]);
  process.stdout.write(`${number}\n`);
}
state.close();
process.stdin.destroy();
