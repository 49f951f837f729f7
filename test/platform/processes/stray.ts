import { EventEmitter } from 'node:events';
import { exitWith } from '../../../src/platform/exit.ts';
import { isolated, named, watchStrayErrors } from '../../../src/platform/stray-errors.ts';

/* Two parts of one work side by side: `healthy` takes a moment, `sick` goes wrong as the argument says. Prints what became of both. */
const [how = ''] = process.argv.slice(2);
const calm = new AbortController().signal;
const moment = () => new Promise((resolve) => setTimeout(resolve, 20));

async function sick(signal: AbortSignal): Promise<string> {
  if (how === 'never') return new Promise<string>(() => {});
  if (how === 'emitter') setTimeout(() => new EventEmitter().emit('error', new Error('an event')));
  if (how === 'callback')
    named('callback', () =>
      setTimeout(() => {
        throw new Error('an exception');
      }),
    );
  if (how === 'promise') setTimeout(() => void Promise.reject(new Error('a rejection')));
  if (how === 'deaf') {
    setTimeout(() => new EventEmitter().emit('error', new Error('an event')));
    return new Promise<string>((resolve) => setTimeout(resolve, 3_600_000, 'too late'));
  }
  await new Promise((resolve) => signal.addEventListener('abort', resolve));
  return 'ended as if nothing had happened';
}

async function healthy(): Promise<string> {
  await moment();
  await moment();
  return 'healthy';
}

async function work(): Promise<number> {
  watchStrayErrors();
  const results = await isolated('all', calm, () =>
    Promise.allSettled([isolated('sick', calm, sick), isolated('healthy', calm, healthy)]),
  );
  const shown = results.map((result) =>
    result.status === 'fulfilled' ? result.value : [result.reason.code, result.reason.message],
  );
  process.stdout.write(JSON.stringify(shown));
  return 3;
}

exitWith(work());
