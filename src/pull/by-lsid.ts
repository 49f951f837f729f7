import type { Moment, PullContext } from './context.ts';
import { type PassRules, readReport } from './read-report.ts';
import { MalformedReport } from './report-failure.ts';
import { countedKind, type ReportStream } from './report-stream.ts';
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
  const unreadable = new Map<string, MalformedReport>();
  let answers = 0;
  const readSome = async (some: readonly string[]): Promise<void> => {
    const parts = await readOnce(context, stream, moment, some, rules);
    if (parts instanceof MalformedReport) {
      if (some.length === 1) return void unreadable.set(some.join(), parts);
      const half = Math.ceil(some.length / 2);
      await readSome(some.slice(0, half));
      return readSome(some.slice(half));
    }
    answers += 1;
    for (const lsid of parts) found.add(lsid);
  };
  for (let from = 0; from < lsids.length; from += lsidsPerRequest) {
    await readSome(lsids.slice(from, from + lsidsPerRequest));
  }
  const [error] = unreadable.values();
  // A person who asks for it by name is answered with the error itself. Where nothing can be read, no record is at fault.
  if (error !== undefined && (rules.askAgain || answers === 0)) throw error;
  for (const [lsid, { message }] of unreadable) {
    found.add(lsid);
    context.tally.failedOnce(countedKind(stream), lsid);
    context.logger.error(`Session ${lsid} cannot be read, and is asked for again: ${message}`);
  }
  return found;
}

/** The LSIDs that came; or what is wrong when one of the records is no XML: it is known, and stays what it was. */
async function readOnce(
  context: PullContext,
  stream: ReportStream,
  moment: Moment,
  lsids: readonly string[],
  rules: PassRules,
): Promise<readonly string[] | MalformedReport> {
  const query = { report: stream.report, lsids };
  try {
    const pass = await untilWhole(context, () => readReport(context, stream, query, moment, rules));
    return [...pass.lsids];
  } catch (error) {
    if (error instanceof MalformedReport) return error;
    throw error;
  }
}
