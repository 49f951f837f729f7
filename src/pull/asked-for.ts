import { toIso } from '../platform/clock.ts';
import { IcError } from '../platform/errors.ts';
import { readByLsid } from './by-lsid.ts';
import type { Moment, PullContext, Selection } from './context.ts';
import { type PassRules, usualRules } from './read-report.ts';
import type { ReportStream } from './report-stream.ts';
import { readInSlices } from './slices.ts';
import { startOf, type Window } from './window.ts';

/**
 * `--session`: what a person names is offered to the destination even if the ledger knows it. Only the reports tell
 * whether an LSID is a session's or a presentation's: each is asked for what those before it did not know.
 */
export async function pullNamed(
  context: PullContext,
  streams: readonly ReportStream[],
  moment: Moment,
  lsids: readonly string[],
): Promise<void> {
  if (streams.length === 0) return;
  // Whoever names a session that has ended a moment ago does not want to wait until it has settled.
  const settled = { ...moment, until: Number.POSITIVE_INFINITY };
  let missing = lsids;
  for (const stream of streams) {
    const found = await readByLsid(context, stream, settled, missing, explicitRules(context));
    missing = missing.filter((lsid) => !found.has(lsid));
  }
  if (missing.length === 0) return;
  throw new IcError('not-understood', `${context.site.host} knows no session ${missing.join(', ')}.`, {
    hint: 'Check the LSID; sessions beyond the retention of the appliance are gone from it.',
  });
}

/** `--since` and `--until`: by end time, and by start time only for those that never ended. */
export async function pullPeriod(
  context: PullContext,
  stream: ReportStream,
  moment: Moment,
  selection: Extract<Selection, { type: 'window' }>,
): Promise<Window> {
  const from = startOf(selection.since, moment.now);
  const end = selection.until === null ? moment.until : startOf(selection.until, moment.now);
  const until = Math.min(end, moment.until);
  const window = { from: Math.min(from, until), until };
  if (from >= moment.until) {
    context.logger.warn(
      `The period begins at ${toIso(from)}, and windows end at ${toIso(moment.until)}, which is ${context.transfer.settle} s before the time of ${context.site.host}: there is nothing to ask for`,
    );
  }
  const reached = () => context.ledger.flush();
  const rules = explicitRules(context);
  await readInSlices(context, stream, moment, { window, by: 'end', rules, reached });
  if (context.transfer.sweep > 0) {
    const onlyOpen = { ...rules, handleClosed: false };
    await readInSlices(context, stream, moment, { window, by: 'start', rules: onlyOpen, reached });
  }
  return window;
}

/** What a person asks for by name or period. */
function explicitRules(context: PullContext): PassRules {
  const offerKnown = context.destination.capabilities.recognises;
  return { ...usualRules, offerKnown, askAgain: true };
}
