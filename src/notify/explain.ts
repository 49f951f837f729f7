import { toIcError } from '../platform/errors.ts';
import { Interruption } from '../platform/interruption.ts';

/** Why something was not told, with the remedy, for the log. */
export function explain(thrown: unknown): string {
  if (thrown instanceof Interruption) return 'The run was interrupted.';
  if (thrown instanceof Error && thrown.name === 'TimeoutError') return 'It took too long.';
  const { message, hint } = toIcError(thrown);
  return hint === null ? message : `${message} ${hint}`;
}
