import { IcError } from '../platform/errors.ts';

/** A command line that cannot be meant. Exit code 2. */
export function usageError(message: string): IcError {
  return new IcError('usage', message, {
    hint: 'ic --help shows the commands, ic COMMAND --help their flags.',
  });
}
