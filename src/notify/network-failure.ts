import { isUnknownIssuer } from '../platform/certificates.ts';
import { IcError } from '../platform/errors.ts';

/** Whom a notification goes to, for messages; without what is secret about its address. */
export interface Receiver {
  /** `the mail server mail.example.com:587`, `the webhook at hooks.example.com`. */
  readonly name: string;
  /** What decides where it is looked for: `server and port of [notify.mail]`. */
  readonly keys: string;
  /** How its certificate comes to be trusted. */
  readonly trust: string;
}

const problems: Readonly<Record<string, string>> = {
  ENOTFOUND: 'its name is not known',
  EAI_AGAIN: 'the name servers do not answer',
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection was reset',
  ECONNABORTED: 'the connection was broken off',
  EPIPE: 'the connection was closed',
  EHOSTUNREACH: 'there is no route to it',
  ENETUNREACH: 'the network cannot be reached',
  ETIMEDOUT: 'it does not answer',
  ECONNECTION: 'the connection was closed',
  ERR_PROXY_TUNNEL: "this machine's proxy does not connect to it",
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet',
};

/** A connection that could not be made, or was lost, as a person understands it. */
export function networkFailure(cause: unknown, receiver: Receiver): IcError {
  const { name, keys, trust } = receiver;
  const code = networkCodeOf(cause);
  const fail = (problem: string, hint: string) =>
    new IcError('unreachable', `Cannot reach ${name}: ${problem}.`, { hint, cause });
  if (isUnknownIssuer(code))
    return fail('its certificate comes from an authority that is not known here', trust);
  const problem =
    problems[code] ?? (code === '' ? 'the connection failed' : `the connection failed (${code})`);
  return fail(problem, `Check ${keys}, and firewalls and proxies between here and there.`);
}

/** Codes of the system and of OpenSSL; several addresses gather one error each, nodemailer keeps it aside. */
export function networkCodeOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  if (error.name === 'TimeoutError') return 'ETIMEDOUT';
  if ('originalCode' in error && typeof error.originalCode === 'string') return error.originalCode;
  if (error instanceof AggregateError && error.errors.length > 0) return networkCodeOf(error.errors[0]);
  if ('code' in error && typeof error.code === 'string') return error.code;
  return networkCodeOf(error.cause);
}
