import type { CheckResult } from '../platform/check-result.ts';
import { IcError } from '../platform/errors.ts';
import type { Kind } from '../platform/kinds.ts';
import { answeredWithError, classifyErrorText, saysNoSignIn } from './answers.ts';
import type { ReportType } from './appliance.ts';
import { applianceTime } from './appliance-time.ts';
import { readText } from './http.ts';
import { openReport } from './reports.ts';
import type { SiteClient } from './site-client.ts';
import type { SiteFindings } from './site-findings.ts';
import { errorTextOf, readXml } from './xml-document.ts';

/** A permission of the account, what it is called where it is granted, and how to try it without the command API. */
interface Area {
  readonly permission: string;
  readonly title: string;
  readonly probe: ReportType | null;
}

const support: Area = {
  permission: 'perm_reporting_support',
  title: 'support session reports and recordings',
  probe: 'SupportSessionListing',
};
const presentation: Area = {
  permission: 'perm_reporting_presentation',
  title: 'presentation session reports and recordings',
  probe: 'PresentationSession',
};
const backup: Area = { permission: 'perm_backup', title: 'backups', probe: null };

const areas: Readonly<Record<Kind, Area>> = {
  sessions: support,
  'session-recordings': support,
  'command-shell-recordings': support,
  'show-my-screen-recordings': support,
  presentations: presentation,
  'presentation-recordings': presentation,
  backups: backup,
};

/** By what `get_api_info` lists. */
export function* checkPermissions(
  permissions: ReadonlyMap<string, string>,
  kinds: ReadonlySet<Kind>,
  findings: SiteFindings,
): Generator<CheckResult> {
  for (const { permission, title } of wanted(kinds)) {
    const value = permissions.get(permission);
    if (value === undefined) yield unknown(title, findings);
    else if (/^(0|deny|denied|no|false|)$/i.test(value)) yield denied(title, findings);
    else yield findings.ok(`the account may read ${title}`);
  }
}

/** With the smallest requests that show it: a site may deny the command API and grant the rest. */
export async function* checkWithoutCommands(
  client: SiteClient,
  kinds: ReadonlySet<Kind>,
  findings: SiteFindings,
  signal: AbortSignal,
): AsyncGenerator<CheckResult> {
  const refusal = await tryUser(client, kinds, signal);
  if (refusal !== null) {
    yield findings.failure(refusal);
    return;
  }
  yield findings.warning(
    'the account may not use the command API: version and role of the appliance cannot be checked',
    'Give the account read-only permission for the command API.',
  );
  for (const { title, probe } of wanted(kinds)) {
    if (probe === null) {
      yield unknown(title, findings);
      continue;
    }
    const failure = await tryReport(client, probe, signal);
    yield failure === null ? findings.ok(`the account may read ${title}`) : findings.failure(failure);
  }
}

function wanted(kinds: ReadonlySet<Kind>): ReadonlySet<Area> {
  return new Set([...kinds].map((kind) => areas[kind]));
}

function denied(title: string, findings: SiteFindings): CheckResult {
  const error = new IcError('refused', `the account may not read ${title}`, {
    hint: `Grant it in Management › API Configuration › API Accounts, or take the kinds out of data.`,
  });
  return findings.failure(error);
}

function unknown(title: string, findings: SiteFindings): CheckResult {
  return findings.warning(
    `whether the account may read ${title} cannot be told`,
    'Look at the account in Management › API Configuration › API Accounts.',
  );
}

/**
 * Users sign in with each request, and a wrong password looks like a command API that is closed to them: where nothing
 * else will be asked, a report is, for that alone. Null unless it is the sign-in that is refused.
 */
async function tryUser(
  client: SiteClient,
  kinds: ReadonlySet<Kind>,
  signal: AbortSignal,
): Promise<IcError | null> {
  const isAsked = [...wanted(kinds)].some(({ probe }) => probe !== null);
  if (isAsked || client.site.credentials.type !== 'user-account') return null;
  const refusal = await tryReport(client, 'SupportSessionListing', signal);
  return refusal !== null && saysNoSignIn(refusal) ? refusal : null;
}

/** Null when the report is answered; an empty one is an answer. */
async function tryReport(
  client: SiteClient,
  report: ReportType,
  signal: AbortSignal,
): Promise<IcError | null> {
  try {
    const endTime = await applianceTime(client, signal);
    const { bytes } = await openReport(client, { report, endTime, duration: 1 }, signal);
    const document = readXml(await readText(bytes, 1_048_576));
    const error = document === null ? null : errorTextOf(document);
    const emptyPattern = client.site.emptyReportPattern;
    if (error === null || classifyErrorText(error, { emptyPattern }) === 'empty') return null;
    return answeredWithError(error, client.about(`the ${report} report`));
  } catch (error) {
    if (error instanceof IcError) return error;
    throw error;
  }
}
