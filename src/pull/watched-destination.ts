import type { Destination } from '../destinations/destination.ts';
import { IcError } from '../platform/errors.ts';
import { named } from '../platform/stray-errors.ts';

/** A destination of which is known whether, and by which error, it has failed as a whole. */
export interface WatchedDestination {
  readonly destination: Destination;
  /** Whether this error is the destination's, and not the site's. */
  isFailure(error: unknown): boolean;
}

/**
 * Notes what the methods of a destination reject with. What is no `IcError` becomes an `internal` one that names the
 * destination, whoever's defect it is; an interruption stays as it is.
 */
export function watchDestination(name: string, real: Destination, signal: AbortSignal): WatchedDestination {
  const failures = new Set<unknown>();
  const fail = (thrown: unknown): never => {
    signal.throwIfAborted();
    const error = thrown instanceof IcError ? thrown : defectOf(name, thrown);
    failures.add(error);
    throw error;
  };
  const destination = new Proxy(real, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key, target);
      if (typeof value !== 'function') return value;
      return (...values: unknown[]): unknown => {
        try {
          const result: unknown = named(`destination ${name}`, () => value.apply(target, values));
          return result instanceof Promise ? result.catch(fail) : result;
        } catch (thrown) {
          return fail(thrown);
        }
      };
    },
  });
  return { destination, isFailure: (error) => failures.has(error) };
}

function defectOf(name: string, thrown: unknown): IcError {
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new IcError('internal', `Internal error of destination ${name}: ${message}`, {
    cause: thrown,
    hint: 'This is a defect in ic, or in the program that it delivers to. Run again with -vv and report what it prints.',
  });
}
