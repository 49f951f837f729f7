import type { Site } from '../config/configuration.ts';
import type { CheckResult } from '../platform/check-result.ts';
import { IcError } from '../platform/errors.ts';
import type { Kind } from '../platform/kinds.ts';
import { readApiInfo } from './api-info.ts';
import { checkNetwork } from './health-network.ts';
import { checkPermissions, checkWithoutCommands } from './health-permissions.ts';
import { checkClock, checkNode } from './health-state.ts';
import { type ApplianceContext, createSiteClient, type SiteClient } from './site-client.ts';
import { findingsOf, type SiteFindings } from './site-findings.ts';

/**
 * Tries everything that a pull from the site will need: name, connection, certificate, credentials, the permissions
 * for `kinds`, version, clock and role. Ends with the first failure that leaves the rest without sense.
 */
export async function* checkSite(
  site: Site,
  kinds: ReadonlySet<Kind>,
  context: ApplianceContext,
  signal: AbortSignal,
): AsyncGenerator<CheckResult> {
  const findings = findingsOf(site);
  // A person waits for the result: once more is enough.
  const client = createSiteClient({ ...site, retries: Math.min(site.retries, 1) }, context);
  try {
    yield* checkNetwork(client, findings, context.env ?? process.env, signal);
    await client.signIn(signal);
    if (site.credentials.type === 'api-account') yield findings.ok('the API account is accepted');
    yield* checkApi(client, kinds, findings, signal);
  } catch (error) {
    signal.throwIfAborted();
    yield findings.failure(error);
  } finally {
    client.close();
  }
}

async function* checkApi(
  client: SiteClient,
  kinds: ReadonlySet<Kind>,
  findings: SiteFindings,
  signal: AbortSignal,
): AsyncGenerator<CheckResult> {
  const info = await readApiInfo(client, signal).catch((error: unknown) => {
    if (error instanceof IcError && error.code === 'refused') return null;
    throw error;
  });
  if (info === null) {
    yield* checkWithoutCommands(client, kinds, findings, signal);
  } else {
    yield findings.ok(`API version ${info.apiVersion ?? 'not given'}`);
    yield* checkPermissions(info.permissions, kinds, findings);
    yield* checkNode(client, findings, signal);
  }
  yield* checkClock(client, info?.timestamp ?? null, findings, signal);
}
