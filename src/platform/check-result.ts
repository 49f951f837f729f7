import type { IcError } from './errors.ts';

/** One line of `ic check`. */
export interface CheckResult {
  readonly subject:
    | 'configuration'
    | 'state'
    | 'log'
    | 'metrics'
    | 'site'
    | 'destination'
    | 'mail'
    | 'webhook'
    | 'ping';
  readonly name: string;
  readonly ok: boolean;
  /** A remark that is worth knowing and no failure. */
  readonly warning?: boolean;
  readonly message: string;
  readonly hint: string | null;
  /** The kind of failure, when `ok` is false. */
  readonly error?: IcError;
}
