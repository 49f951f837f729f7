import type { ErrorCode } from '../../platform/errors.ts';

/** What a plugin did wrong, in words that go on from "The program of destination NAME". */
export class Fault extends Error {
  readonly code: ErrorCode;
  readonly hint: string;

  constructor(what: string, hint: string, code: ErrorCode = 'io') {
    super(what);
    this.name = 'Fault';
    this.code = code;
    this.hint = hint;
  }
}

/** It wrote something that the protocol does not know, or does not know here. */
export function nonsense(what: string): Fault {
  return new Fault(what, 'Correct the program; docs/plugins.md has every message and its place.');
}
