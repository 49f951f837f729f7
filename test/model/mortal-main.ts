import type { Clock } from '../../src/platform/clock.ts';
import { runLine } from './command-line.ts';
import type { Order } from './mortal-process.ts';

process.on('message', async ({ directory, parameters, now, monotonic, killPoint }: Order) => {
  process.env.IC_KILL_POINT = killPoint;
  process.send?.(await runLine(directory, parameters, clockAt(now, monotonic)));
});

/** Stands still but for pauses, which pass at once. */
function clockAt(now: number, monotonic: number): Clock {
  let slept = 0;
  return {
    now: () => now + slept,
    monotonic: () => monotonic + slept,
    sleep: async (ms, signal) => {
      signal?.throwIfAborted();
      slept += ms;
      await new Promise((resolve) => setImmediate(resolve));
      signal?.throwIfAborted();
    },
  };
}
