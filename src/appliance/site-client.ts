import type { Site } from '../config/configuration.ts';
import { createTrust } from '../platform/certificates.ts';
import { type Clock, systemClock } from '../platform/clock.ts';
import { IcError } from '../platform/errors.ts';
import type { FileSystem } from '../platform/file-system.ts';
import { type Logger, silentLogger } from '../platform/logger.ts';
import { isLoopback } from '../platform/loopback.ts';
import type { Environment } from '../platform/proxy.ts';
import type { Origin } from './answers.ts';
import { ApplianceClock } from './appliance-clock.ts';
import type { MakeCall } from './call.ts';
import type { Send } from './http.ts';
import { Pace, withPace } from './pace.ts';
import { withRetries } from './retry.ts';
import { signedByToken, signedByUser, unsigned } from './sign-in.ts';
import { TokenSource } from './token.ts';
import { createTransport } from './transport.ts';
import { withTrust } from './trust.ts';

/** What the client takes from its surroundings; each has the natural default. */
export interface ApplianceContext {
  readonly clock?: Clock;
  readonly logger?: Logger;
  /** From 0 up to 1. */
  readonly random?: () => number;
  /** Where a proxy may be named. */
  readonly env?: Environment;
  readonly fileSystem?: FileSystem;
}

/** A site over HTTP: signed, paced and repeated calls. The reports, recordings and so on are made of these. */
export interface SiteClient {
  readonly site: Site;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly fileSystem: FileSystem | undefined;
  readonly random: () => number;
  /** `https://support.example.com`; paths of the site are resolved against it. */
  readonly origin: URL;
  readonly applianceClock: ApplianceClock;
  /** Tries the credentials, as far as that can be done without asking for anything else. */
  signIn(signal: AbortSignal): Promise<void>;
  /** With the site's credentials. */
  readonly call: MakeCall;
  /** Without. */
  readonly callUnsigned: MakeCall;
  /** What messages about an answer need. */
  about(what: string): Origin;
  retries(): number;
  /** Nobody asks any more: a token under way is not waited for. */
  close(): void;
}

export function createSiteClient(site: Site, context: ApplianceContext = {}): SiteClient {
  const { clock = systemClock, logger = silentLogger, random = Math.random, env = process.env } = context;
  const origin = originOf(site);
  const applianceClock = new ApplianceClock(clock);
  const closing = new AbortController();
  const pace = new Pace(clock, site.requestsPerSecond);
  let retries = 0;
  const onRetry = (): void => {
    retries += 1;
  };
  const send = withRetries(withPace(overNetwork(site, env, applianceClock), pace), {
    retries: site.retries,
    clock,
    random,
    logger,
    pace,
    onRetry,
  });
  return {
    site,
    clock,
    logger,
    fileSystem: context.fileSystem,
    random,
    origin,
    applianceClock,
    ...signed(site, send, { origin, clock, signal: closing.signal }),
    callUnsigned: unsigned(send),
    about: (what) => ({ host: site.host, what, secrets: secretsOf(site) }),
    retries: () => retries,
    close: () => closing.abort(new Error('The site is closed.')),
  };
}

function overNetwork(site: Site, env: Environment, applianceClock: ApplianceClock): Send {
  const { proxy, timeout } = site;
  const onHead = applianceClock.observeAnswer.bind(applianceClock);
  return withTrust(createTrust(site.caFile), (secureContext) =>
    createTransport({ proxy, env, timeout, onHead }, secureContext),
  );
}

function signed(
  site: Site,
  send: Send,
  { origin, clock, signal }: { readonly origin: URL; readonly clock: Clock; readonly signal: AbortSignal },
): Pick<SiteClient, 'signIn' | 'call'> {
  const { credentials } = site;
  if (credentials.type === 'user-account') {
    return { signIn: async () => {}, call: signedByUser(send, credentials) };
  }
  const url = new URL(site.tokenPath, origin);
  const tokens = new TokenSource(send, { ...credentials, url, clock, signal });
  return {
    signIn: async (caller) => {
      await tokens.get(caller);
    },
    call: signedByToken(send, tokens),
  };
}

/** Plain HTTP is for test appliances on this machine alone. */
function originOf(site: Site): URL {
  if (!site.insecureHttp) return new URL(`https://${site.host}`);
  if (isLoopback(site.hostName)) return new URL(`http://${site.host}`);
  throw new IcError('configuration', `Site ${site.name}: insecure_http is for appliances on loopback only.`, {
    hint: `Remove insecure_http: ${site.host} is reached over the network, and credentials would travel in the clear.`,
  });
}

function secretsOf({ credentials, backupPassword }: Site): readonly string[] {
  const own = credentials.type === 'api-account' ? credentials.clientSecret : credentials.password;
  return backupPassword === null ? [own] : [own, backupPassword];
}
