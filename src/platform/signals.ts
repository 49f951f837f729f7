import { exitNow } from './exit.ts';
import { Interruption } from './interruption.ts';

/**
 * How long a run may take to reach a safe point before it is ended where it is. Those who stop services wait for ten
 * seconds: one of them is left for the end.
 */
const patienceMs = 9_000;

/**
 * Turns the first SIGINT, SIGTERM or Ctrl-Break into an aborted signal, after which the run ends at its next safe
 * point. A second one, or nine seconds, end the process at once; what was acknowledged is kept either way.
 */
export function watchSignals(): { readonly signal: AbortSignal; stop(): void } {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | null = null;
  const handlers = (
    [
      ['SIGINT', 'SIGINT'],
      ['SIGTERM', 'SIGTERM'],
      ['SIGBREAK', 'SIGINT'],
    ] as const
  ).map(([name, meaning]) => {
    const handler = () => {
      const interruption = new Interruption(meaning);
      const end = () => exitNow(interruption.exitCode, meaning);
      if (controller.signal.aborted) return end();
      controller.abort(interruption);
      timer = setTimeout(end, patienceMs);
      timer.unref();
    };
    if (name !== 'SIGBREAK' || process.platform === 'win32') process.on(name, handler);
    return { name, handler };
  });
  return {
    signal: controller.signal,
    stop: () => {
      for (const { name, handler } of handlers) process.off(name, handler);
      if (timer !== null) clearTimeout(timer);
    },
  };
}
