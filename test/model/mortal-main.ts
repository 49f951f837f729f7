import type { Clock, Uptime } from '../../src/platform/clock.ts';
import { runLine } from './command-line.ts';
import type { Order } from './mortal-process.ts';

process.on('message', async ({ directory, parameters, now, uptime, killPoint }: Order) => {
  process.env.IC_KILL_POINT = killPoint;
  process.send?.(await runLine(directory, parameters, clockAt(now, uptime)));
});

/** Stands still but for pauses, which pass at once. */
function clockAt(now: number, uptime: Uptime): Clock {
  let slept = 0;
  return {
    now: () => now + slept,
    monotonic: () => slept,
    uptime: () => ({ ...uptime, seconds: uptime.seconds + slept / 1000 }),
    sleep: async (ms, signal) => {
      signal?.throwIfAborted();
      slept += ms;
      await new Promise((resolve) => setImmediate(resolve));
      signal?.throwIfAborted();
    },
  };
}
