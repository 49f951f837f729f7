import type { Clock } from '../../src/platform/clock.ts';
import { type IcError, toIcError } from '../../src/platform/errors.ts';
import type { Json } from '../support/installation.ts';
import { startCommand } from '../support/run-command.ts';

/** How a command line ended. */
export interface Ran {
  readonly code: number;
  readonly document: Json;
  /** Of the command as a whole, or of any of its transfers. */
  readonly errors: readonly RanError[];
  readonly log: string;
}

export interface RanError {
  readonly code: string;
  readonly message: string;
  readonly hint: string | null;
}

/** Any command line, in this process, with `--json`, at a time of the caller's. */
export async function runLine(directory: string, parameters: readonly string[], clock: Clock): Promise<Ran> {
  const run = startCommand([...parameters, '--json'], directory, { clock, random: () => 0.5 });
  const thrown: { error: IcError | null } = { error: null };
  const code = await run.ended.catch((error: unknown) => {
    thrown.error = toIcError(error);
    return thrown.error.exitCode;
  });
  const document = run.output.text === '' ? null : JSON.parse(run.output.text);
  const errors = [thrown.error, ...(document?.transfers ?? []).map(({ error }: Json) => error)];
  const cause = thrown.error?.code === 'internal' ? `\n${(thrown.error.cause as Error)?.stack}` : '';
  return {
    code,
    document,
    errors: errors.filter(Boolean).map(({ code, message, hint }) => ({ code, message, hint })),
    log: run.error.text + cause,
  };
}
