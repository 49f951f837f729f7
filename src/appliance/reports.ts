import type { UnixSeconds } from '../platform/clock.ts';
import { shapeOf, unexpectedBody, unexpectedStatus } from './answers.ts';
import type { Report, ReportQuery } from './appliance.ts';
import { parseHttpDate } from './appliance-clock.ts';
import { applianceTime } from './appliance-time.ts';
import { type HttpAnswer, readText } from './http.ts';
import { peek } from './peek.ts';
import type { SiteClient } from './site-client.ts';

/** Enough to tell XML from a page. */
const headLength = 256;

/** As `Appliance.openReport`. */
export async function openReport(
  client: SiteClient,
  query: ReportQuery,
  signal: AbortSignal,
): Promise<Report> {
  const origin = client.about(`the ${query.report} report`);
  const url = new URL(client.site.reportingPath, client.origin);
  const before = await applianceTime(client, signal);
  const startedAt = client.clock.monotonic();
  const answer = await client.call({ what: origin.what, url, form: toForm(query) }, signal);
  const elapsed = (client.clock.monotonic() - startedAt) / 1000;
  if (answer.status !== 200) {
    throw unexpectedStatus(answer.status, await readText(answer.body), answer.headers.location, origin);
  }
  const { head, bytes } = await peek(answer.body, headLength);
  if (shapeOf(head) !== 'xml') throw unexpectedBody(await readText(bytes), origin);
  return { bytes, requestedAt: requestedAt(before, answer, elapsed) };
}

function toForm(query: ReportQuery): URLSearchParams {
  const form = new URLSearchParams({ generate_report: query.report });
  if ('lsids' in query) {
    const [first = '', ...others] = query.lsids;
    if (others.length === 0) form.set('lsid', first);
    else form.set('lsids', query.lsids.join(','));
    return form;
  }
  if ('endTime' in query) form.set('end_time', String(Math.floor(query.endTime)));
  else form.set('start_time', String(Math.floor(query.startTime)));
  form.set('duration', String(Math.ceil(query.duration)));
  return form;
}

/**
 * What was known before, unless the appliance's clock has been set back meanwhile. Its answer was made after the
 * request, by no more than what passed here in between.
 */
function requestedAt(before: UnixSeconds, { headers }: HttpAnswer, elapsed: number): UnixSeconds {
  const date = parseHttpDate(headers.date);
  return date === null || date >= before ? before : Math.floor(date - elapsed);
}
