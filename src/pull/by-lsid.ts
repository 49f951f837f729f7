import type { Kind } from '../platform/kinds.ts';
import type { Moment, PullContext } from './context.ts';
import { type PassRules, readReport } from './read-report.ts';
import { MalformedReport } from './report-failure.ts';
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
    const some = lsids.slice(from, from + lsidsPerRequest);
    for (const lsid of await readSome(context, stream, moment, some, rules)) found.add(lsid);
  }
  return found;
}

/** One request; more of them where one of the records is no XML. That one is known, and stays what it was. */
async function readSome(
  context: PullContext,
  stream: ReportStream,
  moment: Moment,
  lsids: readonly string[],
  rules: PassRules,
): Promise<readonly string[]> {
  const query = { report: stream.report, lsids };
  try {
    const pass = await untilWhole(context, () => readReport(context, stream, query, moment, rules));
    return [...pass.lsids];
  } catch (error) {
    if (!(error instanceof MalformedReport)) throw error;
    if (lsids.length > 1) {
      const half = Math.ceil(lsids.length / 2);
      const first = await readSome(context, stream, moment, lsids.slice(0, half), rules);
      return [...first, ...(await readSome(context, stream, moment, lsids.slice(half), rules))];
    }
    // A person who asks for it by name is answered with the error itself.
    if (rules.askAgain) throw error;
    const kind = stream.kinds.includes(stream.recordKind) ? stream.recordKind : (stream.kinds[0] as Kind);
    for (const lsid of lsids) context.tally.failedOnce(kind, lsid);
    context.logger.error(`Session ${lsids.join()} cannot be read, and is asked for again: ${error.message}`);
    return lsids;
  }
}
