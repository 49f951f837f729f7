import type { Answer } from '../answer.ts';
import type { Core } from '../core.ts';
import { errorReport } from '../error-report.ts';
import { hasEnded } from '../records.ts';
import type { LoggedRequest } from '../request-log.ts';
import type { PresentationSpec, SessionSpec } from '../spec.ts';
import { escapeAttribute } from '../xml.ts';
import { emptyReport, recordReport, select } from './record-report.ts';

/** `SupportSessionListing` and `PresentationSessionListing`: ids, and whether there is a recording. */
export function answerListing(
  core: Core,
  request: LoggedRequest,
  what: 'sessions' | 'presentations',
): Answer {
  if (request.parameters.lsids !== undefined)
    return errorReport(core, 'Parameter lsids is not supported by this report.');
  const found = select<Listed>(core, core[what], request);
  if (typeof found === 'string') return errorReport(core, found);
  if (found.length === 0) return emptyReport(core, 'session_summary_list', what);
  const now = core.clock.seconds();
  return recordReport(core, 'session_summary_list', found, (entry, prefix) =>
    summary(entry.make(), prefix, now),
  );
}

interface Listed {
  readonly lsid: string;
  readonly startTime: number;
  readonly endTime: number | null;
  readonly visibleFrom: number | null;
  readonly make: () => SessionSpec | PresentationSpec;
}

function summary(record: SessionSpec | PresentationSpec, prefix: string, now: number): string {
  const recorded = record.recording !== null && hasEnded(record, now) ? 1 : 0;
  const key = record.externalKey ? ` external_key="${escapeAttribute(record.externalKey)}"` : '';
  return `<${prefix}session_summary lsid="${escapeAttribute(record.lsid)}" has_recording="${recorded}"${key}  />\n`;
}
