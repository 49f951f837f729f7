import { isUnknownIssuer } from '../platform/certificates.ts';
import { IcError } from '../platform/errors.ts';

/** No answer, or not the whole of one. */
export class Unreachable extends IcError {
  /** Whether asking again may help. */
  readonly passing: boolean;
  /** Whether an answer had begun and came to an early end: the fault may be that of what was asked for alone. */
  readonly cutOff: boolean;

  constructor(
    message: string,
    options: { passing: boolean; cutOff?: boolean; hint?: string; cause?: unknown },
  ) {
    super('unreachable', message, options);
    this.name = 'Unreachable';
    this.passing = options.passing;
    this.cutOff = options.cutOff ?? false;
  }
}

/** An answer, whose status says that what was asked for cannot be given at present: 429 or 5xx. */
export class Unavailable extends Unreachable {
  readonly what: string;
  readonly status: number;

  constructor(message: string, options: { what: string; status: number; hint: string }) {
    super(message, { passing: true, hint: options.hint });
    this.name = 'Unavailable';
    this.what = options.what;
    this.status = options.status;
  }
}

/** Nothing was heard for so long; `begun`: after a part of the body had come. */
export interface Silence {
  readonly begun: boolean;
  readonly seconds: number;
}

/** A failure of the network or of the protocol, or silence, as a person understands it. */
export function toUnreachable(
  cause: unknown,
  { host, what, begun = false }: { readonly host: string; readonly what: string; readonly begun?: boolean },
): Unreachable {
  const [problem, hint, passing = true] = isSilence(cause) ? silent(cause) : explain(cause);
  const cutOff = begun && !isSilence(cause);
  return new Unreachable(`Cannot get ${what} from ${host}: ${problem}.`, { passing, cutOff, hint, cause });
}

function isSilence(cause: unknown): cause is Silence {
  return typeof cause === 'object' && cause !== null && 'begun' in cause;
}

/** Codes of the system, of OpenSSL, of undici; happy eyeballs gather one error for each address. */
export function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  if (error instanceof IcError) return codeOf(error.cause);
  if ('code' in error && typeof error.code === 'string') return error.code;
  if (error instanceof AggregateError) return codeOf(error.errors[0]);
  return codeOf(error.cause);
}

type Explanation = readonly [problem: string, hint: string, passing?: boolean];

const network = 'Check host and port of the site, and firewalls and proxies between here and the appliance.';

const explanations: Readonly<Record<string, Explanation>> = {
  ENOTFOUND: ['its name is not known', 'Check host of the site, and the name servers of this machine.'],
  EAI_AGAIN: ['the name servers do not answer', 'Check the name servers of this machine.'],
  ECONNREFUSED: ['the connection was refused', network],
  ECONNRESET: ['the connection was reset', network],
  EPIPE: ['the connection was closed', network],
  EHOSTUNREACH: ['there is no route to it', network],
  ENETUNREACH: ['the network cannot be reached', network],
  ETIMEDOUT: ['the connection timed out', network],
  UND_ERR_CONNECT_TIMEOUT: ['no connection could be made in time', network],
  UND_ERR_SOCKET: ['the connection was closed before the answer was complete', network],
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: ['the answer was not as long as announced', network],
  ERR_TLS_CERT_ALTNAME_INVALID: [
    'its certificate is for another name',
    'Write host of the site as it stands in the certificate.',
    false,
  ],
  ERR_SSL_WRONG_VERSION_NUMBER: [
    'what answers there does not speak TLS (HTTPS)',
    'Write the port of HTTPS into host of the site, as support.example.com:8443; appliances have 443.',
  ],
  CERT_HAS_EXPIRED: ['its certificate has expired', 'Renew the certificate of the appliance.', false],
  CERT_NOT_YET_VALID: [
    'its certificate is not valid yet',
    "Check this machine's clock, and the certificate of the appliance.",
    false,
  ],
};

function explain(error: unknown): Explanation {
  const code = codeOf(error);
  const known = explanations[code];
  if (known !== undefined) return known;
  if (isUnknownIssuer(code)) return untrusted;
  const proxyStatus = /Proxy response \((\d+)\)/.exec(String(error))?.[1];
  if (proxyStatus !== undefined) return proxyRefused(proxyStatus);
  if (code.startsWith('HPE_')) return ['the answer is not HTTP', network];
  if (code === 'EPROTO' || code.startsWith('ERR_SSL')) return noTls;
  return [code === '' ? 'the connection failed' : `the connection failed (${code})`, network];
}

function silent({ begun, seconds }: Silence): Explanation {
  const problem = begun ? 'nothing more came' : 'no answer';
  return [`${problem} for ${seconds} s`, 'If the appliance is only slow, raise timeout of the site.'];
}

const untrusted: Explanation = [
  'its certificate comes from an authority that is not known here',
  "Set ca_file of the site to the authority's certificate, or add that to the system's store.",
  false,
];

const noTls: Explanation = ['no secure connection (TLS) could be made', network];

function proxyRefused(status: string): Explanation {
  const hint =
    status === '407'
      ? 'Give user and password of the proxy: http://user:password@proxy:3128.'
      : 'Check that the proxy lets this machine connect to the appliance, or set proxy of the site.';
  return [`the proxy refused with status ${status}`, hint, status !== '407'];
}
