import type { CheckResult } from '../platform/check-result.ts';
import { toIso, type UnixSeconds } from '../platform/clock.ts';
import { readHealth } from './api-info.ts';
import { applianceTime } from './appliance-time.ts';
import type { SiteClient } from './site-client.ts';
import type { SiteFindings } from './site-findings.ts';

const tolerableSeconds = 60;
/** Between the answer's head and its content; both are whole seconds. */
const tolerableBetweenClocks = 5;

/** Version, health and role. The backup node of a failover pair may answer with data that is not up to date. */
export async function* checkNode(
  client: SiteClient,
  findings: SiteFindings,
  signal: AbortSignal,
): AsyncGenerator<CheckResult> {
  const { version, healthy, errorMessage, failoverRole } = await readHealth(client, signal);
  if (version !== null) yield findings.ok(`appliance version ${version}`);
  if (!healthy) {
    yield findings.warning(
      `the appliance says that it is not healthy: ${errorMessage ?? 'it gives no reason'}`,
      'Look at the status page of the appliance.',
    );
  }
  if (failoverRole === 'backup') {
    yield findings.warning(
      'this is the backup node of a failover pair; what it knows may be old',
      'Set host of the site to the name that always leads to the primary node.',
    );
  }
}

/** Windows end by the appliance's clock, so a difference loses nothing; but one of the two clocks is wrong. */
export async function* checkClock(
  client: SiteClient,
  timestamp: UnixSeconds | null,
  findings: SiteFindings,
  signal: AbortSignal,
): AsyncGenerator<CheckResult> {
  const now = await applianceTime(client, signal);
  if (timestamp !== null && Math.abs(now - timestamp) > tolerableBetweenClocks) {
    yield findings.warning(
      `its answers are dated ${toIso(now)}, but its own clock says ${toIso(timestamp)}`,
      'Something between here and the appliance dates the answers: let it pass on the Date header as it is.',
    );
  }
  const difference = client.applianceClock.difference() ?? 0;
  if (Math.abs(difference) <= tolerableSeconds) {
    yield findings.ok(`its clock differs from this machine's by ${difference.toFixed(1)} s`);
    return;
  }
  yield findings.warning(
    `its clock is ${Math.abs(difference).toFixed(0)} s ${difference > 0 ? 'ahead of' : 'behind'} this machine's`,
    'Let both take their time from the same servers (NTP).',
  );
}
