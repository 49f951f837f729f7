import type { ProgramConfig } from '../../config/configuration.ts';
import { type ErrorCode, IcError } from '../../platform/errors.ts';
import { redact } from '../../platform/redact.ts';

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

/** The fault as a person is told of it. `lastWords` is the end of the program's standard error. */
export function asIcError(fault: Fault, { name, secrets }: ProgramConfig, lastWords: string): IcError {
  const end = lastWords === '' ? '' : ` The end of its standard error: ${lastWords}`;
  const message = `The program of destination ${name} ${fault.message}.${end}`;
  return new IcError(fault.code, redact(message, secrets), { hint: fault.hint });
}
