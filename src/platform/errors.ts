/** The kinds of failure that `ic` tells apart, and the exit code that each one means to cron and to scripts. */
export const exitCodes = {
  internal: 1,
  usage: 2,
  partial: 3,
  unreachable: 69,
  io: 74,
  locked: 75,
  'not-understood': 76,
  refused: 77,
  configuration: 78,
} as const;

export type ErrorCode = keyof typeof exitCodes;

/** An error as it stands in JSON output, in the state's run history and in notifications. */
export interface ErrorSummary {
  readonly code: ErrorCode;
  readonly exit_code: number;
  readonly message: string;
  readonly hint: string | null;
}

/**
 * A failure that a person is told about. `message` names what failed and where, `hint` the remedy; neither ever
 * holds a secret. Anything thrown that is not an `IcError` is a defect and ends with exit code 1.
 */
export class IcError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | null;

  constructor(code: ErrorCode, message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.name = 'IcError';
    this.code = code;
    this.hint = options.hint ?? null;
  }

  get exitCode(): number {
    return exitCodes[this.code];
  }

  toSummary(): ErrorSummary {
    return { code: this.code, exit_code: this.exitCode, message: this.message, hint: this.hint };
  }
}

/** Whatever was thrown, as an `IcError`: what is unknown becomes an internal error that keeps its cause. */
export function toIcError(thrown: unknown): IcError {
  if (thrown instanceof IcError) return thrown;
  // Closing something failed as well, after what is to be reported.
  if (thrown instanceof SuppressedError) return toIcError(thrown.suppressed);
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new IcError('internal', `Internal error: ${message}`, {
    cause: thrown,
    hint: 'This is a defect in ic. Run again with -vv and report what it prints.',
  });
}
