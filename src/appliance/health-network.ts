import type { CheckResult } from '../platform/check-result.ts';
import { type Environment, proxyFor } from '../platform/proxy.ts';
import { checkCertificate } from './health-certificate.ts';
import { connect, lookUp } from './health-connect.ts';
import type { SiteClient } from './site-client.ts';
import type { SiteFindings } from './site-findings.ts';

/** Name, connection and certificate, one after the other; throws the first failure. */
export async function* checkNetwork(
  client: SiteClient,
  findings: SiteFindings,
  env: Environment,
  signal: AbortSignal,
): AsyncGenerator<CheckResult> {
  const { origin, site } = client;
  const attempt = { signal, timeout: site.timeout };
  const proxy = proxyFor(origin, site.proxy, env);
  const next = proxy ?? origin;
  yield findings.ok(`${next.hostname} is ${(await lookUp(next)).join(', ')}`);
  const socket = await connect(next, attempt);
  try {
    yield findings.ok(`${proxy === null ? '' : 'the proxy '}${next.host} accepts connections`);
    if (origin.protocol === 'http:') {
      yield findings.warning('insecure_http: nothing is encrypted', 'Use it for test appliances only.');
    } else if (proxy === null) {
      yield* checkCertificate(client, findings, () => connect(origin, attempt), attempt);
    }
  } finally {
    socket.destroy();
  }
}
