import type { Moment, PullContext } from './context.ts';
import { type PassRules, readReport } from './read-report.ts';
import type { ReportStream } from './report-stream.ts';
import { untilWhole } from './until-whole.ts';

/** Most LSIDs in one request. */
const lsidsPerRequest = 50;

/** Asks for records by name, wherever they lie in time. Resolves with the LSIDs of those that the appliance knows. */
export async function readByLsid(
  context: PullContext,
  stream: ReportStream,
  moment: Moment,
  lsids: readonly string[],
  rules: PassRules,
): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  for (let from = 0; from < lsids.length; from += lsidsPerRequest) {
    const query = { report: stream.report, lsids: lsids.slice(from, from + lsidsPerRequest) };
    const pass = await untilWhole(context, () => readReport(context, stream, query, moment, rules));
    for (const lsid of pass.lsids) found.add(lsid);
  }
  return found;
}
