import type { Socket } from 'node:net';
import type { SecureContext } from 'node:tls';
import type { MailConfig } from '../config/configuration.ts';
import { createTrust, isUnknownIssuer } from '../platform/certificates.ts';
import { IcError } from '../platform/errors.ts';
import { printable } from '../terminal/text.ts';
import { networkCodeOf, networkFailure, type Receiver } from './network-failure.ts';

/** How long a mail server may take: for everything, and for each of its answers. */
const patienceMs = { all: 18_000, answer: 9_000 };

type MailServer = Awaited<ReturnType<typeof serverOver>>;

/**
 * Connects to the mail server and does one thing with it; a certificate that the usual authorities do not know is
 * looked up among all of them. Throws an `IcError`, or the signal's reason.
 */
export async function withMailServer<T>(
  config: MailConfig,
  signal: AbortSignal,
  use: (server: MailServer) => Promise<T>,
): Promise<T> {
  const within = AbortSignal.any([signal, AbortSignal.timeout(patienceMs.all)]);
  const trust = createTrust(config.caFile);
  try {
    return await attempt(config, await trust.usual(), within, use).catch(async (error: unknown) => {
      if (!isUnknownIssuer(networkCodeOf(error))) throw error;
      return attempt(config, await trust.full(), within, use);
    });
  } catch (error) {
    signal.throwIfAborted();
    throw error instanceof IcError ? error : mailFailure(within.aborted ? within.reason : error, config);
  }
}

async function attempt<T>(
  config: MailConfig,
  secureContext: SecureContext,
  signal: AbortSignal,
  use: (server: MailServer) => Promise<T>,
): Promise<T> {
  const socket = await openSocket(config, signal);
  const onAbort = () => socket.destroy();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await use(await serverOver(socket, config, secureContext));
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

/** A socket of our own: found as every other name is on this machine, and ended when the signal says so. */
async function openSocket({ server, port }: MailConfig, signal: AbortSignal): Promise<Socket> {
  const [{ connect }, { once }] = await Promise.all([import('node:net'), import('node:events')]);
  const socket = connect({ host: server, port });
  try {
    const within = AbortSignal.any([signal, AbortSignal.timeout(patienceMs.answer)]);
    await once(socket, 'connect', { signal: within }).catch((error: unknown) => {
      throw within.aborted ? within.reason : error;
    });
    return socket;
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

async function serverOver(socket: Socket, config: MailConfig, secureContext: SecureContext) {
  const { createTransport } = await import('nodemailer');
  const { server, port, security, username, password } = config;
  const timeouts = {
    connectionTimeout: patienceMs.answer,
    greetingTimeout: patienceMs.answer,
    socketTimeout: patienceMs.answer,
    socketCloseTimeout: 500,
  };
  return createTransport({
    host: server,
    port,
    connection: socket,
    secure: security === 'tls',
    requireTLS: security === 'starttls',
    ignoreTLS: security === 'none',
    tls: { secureContext, rejectUnauthorized: true },
    ...timeouts,
    // A server that knows no login is told of as well as one that refuses it.
    ...(username !== null && { auth: { user: username, pass: password ?? '' }, forceAuth: true }),
  });
}

export function mailReceiver({ server, port }: MailConfig): Receiver {
  return {
    name: `the mail server ${server}:${port}`,
    keys: 'server, port and security of [notify.mail]',
    trust:
      "Set ca_file of [notify.mail] to the authority's certificate, or add that to this machine's store.",
  };
}

/** What nodemailer tells of: the step that failed, and the server's answer if there was one. */
function mailFailure(cause: unknown, config: MailConfig): IcError {
  const { code = '', response = '', responseCode = 0 } = cause as SmtpError;
  const { name } = mailReceiver(config);
  const said = response === '' ? '' : `: ${printable(response)}`;
  if (code === 'EAUTH') {
    const hint = 'Check username and password of [notify.mail].';
    return new IcError('refused', `The login at ${name} failed${said}.`, { hint, cause });
  }
  if (code === 'ETLS' && responseCode > 0) {
    const hint =
      'Set security of [notify.mail] to tls if it encrypts from the start (port 465), or ask its administrator.';
    return new IcError('configuration', `No encryption (STARTTLS) with ${name}${said}.`, { hint, cause });
  }
  if (code === 'EPROTOCOL' && responseCode === 0) {
    const hint = 'Check server, port and security of [notify.mail].';
    return new IcError('not-understood', `What answers as ${name} does not speak SMTP.`, { hint, cause });
  }
  if (responseCode === 0) return networkFailure(cause, mailReceiver(config));
  if (responseCode < 500) {
    const hint = 'The server asks for another try later.';
    return new IcError('unreachable', `Not taken now by ${name}${said}.`, { hint, cause });
  }
  const hint =
    'Check from and to of [notify.mail], and whether the server lets this machine and this login send.';
  return new IcError('refused', `Not taken by ${name}${said}.`, { hint, cause });
}

interface SmtpError {
  readonly code?: string;
  readonly response?: string;
  readonly responseCode?: number;
}
