import type { ReportQuery } from '../appliance/appliance.ts';
import type { UnixSeconds } from '../platform/clock.ts';
import type { Kind } from '../platform/kinds.ts';
import { parseReport, type ReportRecord } from '../sessions/parse.ts';
import { neverToBeHad } from '../state/hash.ts';
import { expectEnd } from './abandoned.ts';
import type { Moment, PullContext } from './context.ts';
import { RecordDeliverer, refusedRecord } from './deliver.ts';
import { answeredWithError, asFailure, untilCutOff } from './report-failure.ts';
import { isRecordingKind, type ReportStream } from './report-stream.ts';
import { judgeRecord, type Verdict } from './verdict.ts';

/** What one pass over a report came to. */
export interface PassResult {
  readonly seen: number;
  /** LSIDs in the report; gathered only when it was asked for by LSID. */
  readonly lsids: ReadonlySet<string>;
  /** LSIDs of sessions that were still open. */
  readonly open: ReadonlySet<string>;
  /** The appliance's time when it was asked. */
  readonly requestedAt: number;
}

export interface PassRules {
  /** Whether what the ledger knows is offered all the same: the destination may have lost it. */
  readonly offerKnown: boolean;
  /** Whether recordings that had expired, or were given up, are asked for once more. */
  readonly askAgain: boolean;
  /** Whether closed sessions are delivered; a look for abandoned ones leaves them to the windows by end time. */
  readonly handleClosed: boolean;
  /** Closed sessions that ended before are passed over: a sweep does not reach further back than the transfer does. */
  readonly endedFrom: UnixSeconds;
  /** Whether records that turn out unchanged are counted; a sweep sees again what the windows have counted. */
  readonly countUnchanged: boolean;
}

export const usualRules: PassRules = {
  offerKnown: false,
  askAgain: false,
  handleClosed: true,
  endedFrom: 0,
  countUnchanged: true,
};

/**
 * Asks for a report and deals with each record as it comes: judged, delivered, remembered; its recordings owed. When
 * this resolves, everything that the report held has been confirmed by the destination or is owed.
 */
export async function readReport(
  context: PullContext,
  stream: ReportStream,
  query: ReportQuery,
  moment: Moment,
  rules: PassRules = usualRules,
): Promise<PassResult> {
  const report = await context.appliance.openReport(query, context.signal);
  const pass = new Pass(context, stream, moment, rules, 'lsids' in query);
  try {
    for await (const item of parseReport(
      untilCutOff(report.bytes),
      stream.recordKind,
      context.site.maxRecord,
    )) {
      if (item.type === 'record') await pass.record(item.record);
      else if (item.type === 'invalid') pass.invalid(item);
      else if (!pass.isNothingFound(item.text)) throw answeredWithError(context, stream, item.text);
    }
  } catch (error) {
    const { seen, lsids, open } = pass;
    throw asFailure(error, context, stream, { seen, lsids, open, requestedAt: report.requestedAt });
  } finally {
    await pass.finish();
  }
  return { seen: pass.seen, lsids: pass.lsids, open: pass.open, requestedAt: report.requestedAt };
}

class Pass {
  readonly #context: PullContext;
  readonly #stream: ReportStream;
  readonly #moment: Moment;
  readonly #rules: PassRules;
  readonly #deliverer: RecordDeliverer;
  readonly #byLsid: boolean;
  readonly lsids = new Set<string>();
  readonly open = new Set<string>();
  seen = 0;

  constructor(context: PullContext, stream: ReportStream, moment: Moment, rules: PassRules, byLsid: boolean) {
    this.#byLsid = byLsid;
    this.#context = context;
    this.#stream = stream;
    this.#moment = moment;
    this.#rules = rules;
    this.#deliverer = new RecordDeliverer(context, moment.now);
  }

  async record(record: ReportRecord): Promise<void> {
    const { lsid } = record.record;
    this.seen += 1;
    if (record.record.endTime !== null) this.#context.tally.sawEnd(record.record.endTime);
    if (this.#byLsid) this.lsids.add(lsid);
    if (record.defects.length > 0) {
      this.#complain('sessions hold what XML forbids; they are kept as they came', () =>
        this.#context.logger.warn(
          `Session ${lsid} holds ${record.defects.join(' and ')}; it is kept as it came`,
          { lsid },
        ),
      );
    }
    const verdict = this.#judge(record);
    if (verdict === 'wait' || !this.#isWithinRules(record.record.endTime)) return;
    if (this.#wantsRecords()) await this.#follow(verdict, record);
    if (verdict !== 'remember') this.#oweRecordings(record);
  }

  /** What has an LSID is asked for again, in case the limit is raised; nothing can be done about the rest. */
  invalid({ reason, lsid }: { readonly reason: string; readonly lsid: string | null }): void {
    const { tally, logger } = this.#context;
    const { kinds, recordKind } = this.#stream;
    const kind = kinds.includes(recordKind) ? recordKind : (kinds[0] as Kind);
    if (lsid === null) tally.failed(kind);
    else if (!this.#refuse(kind, lsid, reason)) return;
    tally.seen(kind);
    this.#complain('records cannot be stored', () =>
      logger.error(`The report holds a record that cannot be stored: ${reason}${remedyOf(lsid)}`),
    );
  }

  /** False when this run has come upon it before. */
  #refuse(kind: Kind, lsid: string, reason: string): boolean {
    const { tally, ledger } = this.#context;
    this.seen += 1;
    if (this.#byLsid) this.lsids.add(lsid);
    if (!tally.failedOnce(kind, lsid)) return false;
    const item = { kind, lsid, instance: 0 };
    if (kind === this.#stream.recordKind) ledger.owe(refusedRecord(ledger, item, this.#moment.now, reason));
    return true;
  }

  #complain(sort: string, report: () => void): void {
    this.#context.tally.complaints.add(sort, report);
  }

  isNothingFound(text: string): boolean {
    return this.#context.appliance.classify(text) === 'empty';
  }

  finish(): Promise<void> {
    return this.#deliverer.flush();
  }

  #wantsRecords(): boolean {
    return this.#stream.kinds.includes(this.#stream.recordKind);
  }

  #judge(record: ReportRecord): Verdict {
    const { ledger, transfer } = this.#context;
    const { lsid, startTime, endTime } = record.record;
    const kind = this.#stream.recordKind;
    const known = ledger.hashOf({ kind, lsid, instance: 0 }) ?? this.#deliveredOpen(kind, lsid, endTime);
    const facts = { startTime, endTime, hasContent: (hash: string) => record.hasContent(hash) };
    return judgeRecord(facts, { ...this.#moment, known, abandonOpenAfter: transfer.abandonOpenAfter });
  }

  /** The ledger forgets in time what was delivered without an end; the list of those that may still get one does not. */
  #deliveredOpen(kind: Kind, lsid: string, endTime: UnixSeconds | null): string | null {
    if (endTime !== null) return null;
    return this.#context.ledger.isAbandoned(kind, lsid) ? 'delivered without an end' : null;
  }

  async #follow(verdict: Verdict, record: ReportRecord): Promise<void> {
    const { tally, ledger, progress, transfer } = this.#context;
    const kind = this.#stream.recordKind;
    const { lsid, startTime, endTime } = record.record;
    if (verdict === 'remember') this.open.add(lsid);
    // A destination may have it without an end though the state does not know: it was lost, or is of an earlier version.
    if (verdict === 'unchanged' && endTime === null) {
      expectEnd(this.#context, this.#moment.now, kind, { lsid, startTime });
    }
    if (verdict === 'unchanged' && !this.#rules.countUnchanged) return;
    tally.seen(kind);
    progress.items(transfer.name, kind, 1);
    if (verdict === 'deliver' || (verdict === 'unchanged' && this.#rules.offerKnown)) {
      await this.#deliverer.add(record);
    } else if (verdict === 'unchanged') {
      tally.unchanged(kind);
      if (endTime !== null) ledger.closed(kind, lsid);
    } else if (verdict === 'remember') {
      ledger.remember(kind, { lsid, startTime, firstSeen: this.#moment.now });
    }
  }

  #isWithinRules(endTime: UnixSeconds | null): boolean {
    const { handleClosed, endedFrom } = this.#rules;
    return endTime === null || (handleClosed && endTime >= endedFrom);
  }

  #oweRecordings(record: ReportRecord): void {
    const { ledger } = this.#context;
    for (const recording of this.#stream.recordingsOf(record.record)) {
      if (!this.#stream.kinds.includes(recording.kind) || !isRecordingKind(recording.kind)) continue;
      const item = { kind: recording.kind, lsid: record.record.lsid, instance: recording.instance };
      const known = ledger.hashOf(item);
      const isWanted =
        known === null || (known === neverToBeHad ? this.#rules.askAgain : this.#rules.offerKnown);
      if (isWanted) this.#context.recordings.expect(item, record.record, recording, this.#moment.now);
    }
  }
}

function remedyOf(lsid: string | null): string {
  return lsid === null
    ? ''
    : ' (max_record of the site). It is owed: raise max_record, and a later run takes it.';
}
