import { AsyncLocalStorage } from 'node:async_hooks';
import { writeSync } from 'node:fs';
import { IcError } from './errors.ts';

/** A part of the work that may fail alone. */
interface Part {
  fail(error: IcError): void;
}

/** What an asynchronous step belongs to: its part, and a name for messages that may be more exact. */
interface Origin {
  readonly part: Part;
  readonly name: string;
}

const origins = new AsyncLocalStorage<Origin>();
/** The parts under way, each with its name, outer ones before those within them. */
const running = new Map<Part, string>();

/** How long a part that has failed may take to end, in milliseconds; then nobody waits for it any more. */
const graceMs = 5_000;

/**
 * Does `work`, which also fails by what nobody waits for: an event `error` without a listener, an exception in a callback,
 * a rejected promise that was let go, in whatever this work has begun. Its signal is aborted then, and the promise
 * rejects with an `internal` error that names the work. Other work goes on.
 */
export async function isolated<Result>(
  name: string,
  outer: AbortSignal,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const controller = new AbortController();
  const { promise: abandoned, reject: abandon } = Promise.withResolvers<never>();
  let grace: NodeJS.Timeout | undefined;
  const part: Part = {
    fail: (error) => {
      if (controller.signal.aborted) return;
      controller.abort(error);
      grace = setTimeout(() => abandon(error), graceMs);
    },
  };
  running.set(part, name);
  const signal = AbortSignal.any([outer, controller.signal]);
  const ended = origins.run({ part, name }, () => Promise.race([work(signal), abandoned]));
  const [result] = await Promise.allSettled([ended]);
  running.delete(part);
  clearTimeout(grace);
  if (!outer.aborted && controller.signal.aborted) throw controller.signal.reason;
  if (result.status === 'rejected') throw result.reason;
  return result.value;
}

/** Does `work` under a more exact name: what strays from it fails the isolated work that it is a part of. */
export function named<Result>(name: string, work: () => Result): Result {
  const origin = origins.getStore();
  if (origin === undefined) return work();
  return origins.run({ part: origin.part, name: `${origin.name}, ${name}` }, work);
}

/** From now on stray errors fail the part of the work that they come from, or all of it when that part has ended. */
export function watchStrayErrors(): void {
  const onStray = (thrown: unknown): void => {
    const origin = origins.getStore();
    const [outermost] = running.keys();
    const part = origin !== undefined && running.has(origin.part) ? origin.part : outermost;
    const error = strayError(origin?.name ?? 'ic', thrown);
    if (part !== undefined) part.fail(error);
    else endAtOnce(error);
  };
  process.on('uncaughtException', onStray);
  process.on('unhandledRejection', onStray);
}

/** Fails the innermost part under way, since nothing is left that could bring it to an end; false when there is none. */
export function failUnfinished(): boolean {
  const innermost = [...running].at(-1);
  if (innermost === undefined) return false;
  const [part, name] = innermost;
  part.fail(strayError(name, new Error('it waits for something that will never come')));
  return true;
}

function endAtOnce(error: IcError): never {
  writeSync(process.stderr.fd, `ic: ${error.message}\n`);
  process.exit(error.exitCode);
}

function strayError(name: string, thrown: unknown): IcError {
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new IcError('internal', `Internal error in ${name}: ${message}`, {
    cause: thrown,
    hint: 'This is a defect in ic. What was acknowledged is kept. Run again with -vv and report what it prints.',
  });
}
