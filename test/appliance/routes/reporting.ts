import type { Answer } from '../answer.ts';
import type { Core } from '../core.ts';
import { errorReport } from '../error-report.ts';
import { recordingReports } from '../recordings.ts';
import type { LoggedRequest } from '../request-log.ts';
import { refusal } from '../sign-in.ts';
import { answerListing } from './listing.ts';
import { answerPresentations, answerSessions } from './record-report.ts';
import { answerRecording } from './recording.ts';

type ReportRoute = (core: Core, request: LoggedRequest) => Answer;

/** `/api/reporting`: a report or a recording, by `generate_report`. */
export function answerReporting(core: Core, request: LoggedRequest): Answer {
  const report = request.report ?? '';
  const permission = report.startsWith('Presentation') ? 'presentation' : 'support';
  const refused = refusal(core, request, permission);
  if (refused) return refused;
  if (report === '') return errorReport(core, 'Required parameter generate_report is missing.');
  const route = routes[report];
  return route ? route(core, request) : errorReport(core, `Unknown report type ${report}.`);
}

const routes: Readonly<Record<string, ReportRoute | undefined>> = {
  SupportSession: answerSessions,
  PresentationSession: answerPresentations,
  SupportSessionListing: (core, request) => answerListing(core, request, 'sessions'),
  PresentationSessionListing: (core, request) => answerListing(core, request, 'presentations'),
  ...Object.fromEntries(
    Object.entries(recordingReports).map(([report, kind]) => [report, answerRecording(kind)]),
  ),
};
