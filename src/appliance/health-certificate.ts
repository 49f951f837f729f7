import { isIP, type Socket } from 'node:net';
import type { PeerCertificate, SecureContext, TLSSocket } from 'node:tls';
import { createTrust, isUnknownIssuer } from '../platform/certificates.ts';
import type { CheckResult } from '../platform/check-result.ts';
import { type Attempt, ready } from './health-connect.ts';
import type { SiteClient } from './site-client.ts';
import type { SiteFindings } from './site-findings.ts';
import { toUnreachable } from './unreachable.ts';

const soonDays = 21;

/** Whether the certificate is trusted, for this name, and for how long yet. Throws what is wrong with it. */
export async function* checkCertificate(
  client: SiteClient,
  findings: SiteFindings,
  connect: () => Promise<Socket>,
  attempt: Attempt,
): AsyncGenerator<CheckResult> {
  const trust = createTrust(client.site.caFile);
  let socket = await secure(client, await connect(), await trust.usual(), attempt);
  if (isUnknownIssuer(problemOf(socket))) {
    socket.destroy();
    socket = await secure(client, await connect(), await trust.full(), attempt);
  }
  const problem = problemOf(socket);
  const certificate = socket.getPeerCertificate();
  socket.destroy();
  if (problem !== '') {
    const cause = Object.assign(new Error(problem), { code: problem });
    throw toUnreachable(cause, { host: client.site.host, what: 'a secure connection' });
  }
  yield describe(certificate, client.clock.now(), findings);
}

/** Connects whatever the certificate is like, so that it can be looked at. */
async function secure(
  { origin }: SiteClient,
  socket: Socket,
  secureContext: SecureContext,
  attempt: Attempt,
): Promise<TLSSocket> {
  const tls = await import('node:tls');
  const host = origin.hostname.replace(/^\[(.*)\]$/, '$1');
  const servername = isIP(host) === 0 ? host : '';
  const secured = tls.connect({ socket, host, servername, secureContext, rejectUnauthorized: false });
  await ready(secured, 'secureConnect', origin, attempt);
  return secured;
}

/** OpenSSL's code of what is wrong; empty when nothing is. */
function problemOf(socket: TLSSocket): string {
  const error: unknown = socket.authorizationError;
  if (socket.authorized || !error) return '';
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}

function describe(certificate: PeerCertificate, nowMs: number, findings: SiteFindings): CheckResult {
  const until = new Date(certificate.valid_to);
  const days = Math.floor((until.getTime() - nowMs) / 86_400_000);
  const issuer = certificate.issuer?.O ?? certificate.issuer?.CN ?? 'an authority without a name';
  const text = `its certificate from ${String(issuer)} is valid until ${until.toISOString().slice(0, 10)}`;
  if (days >= soonDays) return findings.ok(text);
  return findings.warning(`${text}: ${days} days more`, 'Renew the certificate of the appliance.');
}
