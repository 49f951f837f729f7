import { parseReport } from '../sessions/parse.ts';
import type { OwedItem } from '../state/state.ts';
import type { PullContext } from './context.ts';
import { streamsOf } from './report-stream.ts';

const lsidsPerRequest = 50;

/**
 * Links of recordings that an earlier run owed: they are kept in no state, so the reports are asked for them again. A
 * report that cannot be had is no failure here; the download shows what is wrong.
 */
export async function readLinks(context: PullContext, items: readonly OwedItem[]): Promise<void> {
  const without = items.filter((item) => context.recordings.link(item) === null);
  for (const stream of streamsOf(context.transfer.data)) {
    const lsids = [
      ...new Set(without.filter((item) => stream.kinds.includes(item.kind)).map((item) => item.lsid)),
    ];
    for (let from = 0; from < lsids.length; from += lsidsPerRequest) {
      const query = { report: stream.report, lsids: lsids.slice(from, from + lsidsPerRequest) };
      try {
        const report = await context.appliance.openReport(query, context.signal);
        for await (const found of parseReport(report.bytes, stream.recordKind)) {
          if (found.type !== 'record') continue;
          for (const { kind, instance, url } of stream.recordingsOf(found.record.record)) {
            if (url !== null)
              context.recordings.addLink({ kind, lsid: found.record.record.lsid, instance }, url);
          }
        }
      } catch (error) {
        context.signal.throwIfAborted();
        context.logger.debug(`Links of recordings could not be read again: ${String(error)}`);
        return;
      }
    }
  }
}
