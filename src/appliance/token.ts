import type { Clock } from '../platform/clock.ts';
import { IcError } from '../platform/errors.ts';
import { learnSecret } from '../platform/redact.ts';
import {
  describeBody,
  jsonMessage,
  notUnderstood,
  type Origin,
  shorten,
  unexpectedStatus,
} from './answers.ts';
import { type HttpRequest, readText, type Send } from './http.ts';

interface Token {
  readonly value: string;
  /** By the monotonic clock. */
  readonly renewAt: number;
}

export interface TokenOptions {
  readonly url: URL;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly clock: Clock;
  /** Ends a request under way that nobody waits for any more. */
  readonly signal: AbortSignal;
}

/**
 * The bearer token of an API account. It lives in this process alone, and everybody shares it: an account has 30 valid
 * tokens at most, and each new one beyond kills the oldest. Only one request for a token is ever under way.
 */
export class TokenSource {
  readonly #send: Send;
  readonly #options: TokenOptions;
  #token: Token | null = null;
  #pending: Promise<Token> | null = null;
  #refusal: IcError | null = null;
  #kept: string | null = null;

  constructor(send: Send, options: TokenOptions) {
    this.#send = send;
    this.#options = options;
  }

  /** A token that is valid for a while. Throws `IcError`; once credentials were refused, the same without asking. */
  async get(signal: AbortSignal): Promise<string> {
    const { clock } = this.#options;
    const token = this.#token;
    if (token !== null && clock.monotonic() < token.renewAt) return token.value;
    return (await this.#shared(signal)).value;
  }

  /**
   * The appliance has refused `value`: the next `get` fetches another, unless somebody has done so already. False when
   * renewing has been seen not to help.
   */
  reject(value: string): boolean {
    if (this.#kept === value) return false;
    if (this.#token?.value === value) this.#token = null;
    return true;
  }

  /** A token was refused the moment it was issued: it is not the token's age, and more of them would not help. */
  keep(value: string): void {
    this.#kept = value;
  }

  async #shared(signal: AbortSignal): Promise<Token> {
    if (this.#refusal !== null) throw this.#refusal;
    this.#pending ??= this.#fetch().finally(() => {
      this.#pending = null;
    });
    return unlessAborted(this.#pending, signal);
  }

  async #fetch(): Promise<Token> {
    const { clock, signal, url } = this.#options;
    const asked = clock.monotonic();
    const answer = await this.#send(this.#request(), signal);
    const body = await readText(answer.body);
    const origin = this.#origin();
    if (answer.status === 200 || answer.status === 201) {
      this.#token = toToken(body, asked, origin);
      return this.#token;
    }
    const error = failureOf(answer.status, body, answer.headers.location, origin, url);
    if (error.code === 'refused') this.#refusal = error;
    throw error;
  }

  #request(): HttpRequest {
    const { url, clientId, clientSecret } = this.#options;
    return {
      what: 'a token',
      method: 'POST',
      url,
      headers: {
        authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`,
        'content-type': 'application/x-www-form-urlencoded',
        accept: 'application/json',
      },
      body: 'grant_type=client_credentials',
    };
  }

  #origin(): Origin {
    const { url, clientSecret } = this.#options;
    return { host: url.host, what: 'a token', secrets: [clientSecret] };
  }
}

const usualLifeSeconds = 3600;

function toToken(body: string, asked: number, origin: Origin): Token {
  const { access_token: value, expires_in: life, error } = parseObject(body);
  if (typeof value !== 'string' || value === '') {
    if (typeof error === 'string') throw refusedAccount(jsonMessage(body) ?? error, origin);
    // Never quoted: the token may well be in it, in a form that nobody here knows.
    throw notUnderstood(`${describeBody(body)} that holds no token`, origin);
  }
  learnSecret(value);
  const seconds = Number(life ?? usualLifeSeconds);
  const lifeMs = (Number.isFinite(seconds) ? Math.max(0, seconds) : usualLifeSeconds) * 1000;
  return { value, renewAt: asked + lifeMs - marginMs(lifeMs) };
}

/** Five minutes before the end, so that what begins with a token can go on for a while; less for short lives. */
function marginMs(lifeMs: number): number {
  return Math.min(300_000, lifeMs / 4);
}

function parseObject(body: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(body.replace(/^\ufeff/, ''));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function failureOf(
  status: number,
  body: string,
  location: string | undefined,
  origin: Origin,
  url: URL,
): IcError {
  const said = jsonMessage(body);
  if (status === 401 || (status === 400 && said !== null))
    return refusedAccount(said ?? `status ${status}`, origin);
  if (status !== 404) return unexpectedStatus(status, body, location, origin);
  return new IcError('refused', `${origin.host} has no token at ${url.pathname}: "Document Not Found".`, {
    hint: 'API accounts need version 16.1 or later, and Enable XML API. Check host and token_path of the site.',
  });
}

function refusedAccount(text: string, origin: Origin): IcError {
  return new IcError(
    'refused',
    `${origin.host} refused the API account: "${shorten(text, origin.secrets)}".`,
    {
      hint: 'Check client_id and client_secret of the site, and that the API account is enabled on the appliance.',
    },
  );
}

/** What the promise gives, unless this caller no longer wants it; others may still wait for it. */
async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  const aborted = Promise.withResolvers<never>();
  const onAbort = (): void => aborted.reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([promise, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
