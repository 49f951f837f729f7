import type { Seconds } from './clock.ts';
import { hasEnded } from './records.ts';
import type { ReportSettings } from './settings.ts';
import type { PresentationSpec, SessionSpec } from './spec.ts';

/**
 * A session as a report shows it at a moment: what lies in the future has not happened, a session whose report lags
 * is still in progress, and links may come later than the end.
 */
export function sessionAsReported(session: SessionSpec, now: Seconds, settings: ReportSettings): SessionSpec {
  if (!hasEnded(session, now - settings.lag)) return stillOpen(session, now);
  if (hasEnded(session, now - settings.linkLag)) return session;
  return { ...session, chat: false, recording: null, showMyScreenRecordings: [], commandShellRecordings: [] };
}

/** As `sessionAsReported`. */
export function presentationAsReported(
  presentation: PresentationSpec,
  now: Seconds,
  settings: ReportSettings,
): PresentationSpec {
  if (!hasEnded(presentation, now - settings.lag)) return stillOpen(presentation, now);
  if (hasEnded(presentation, now - settings.linkLag)) return presentation;
  return { ...presentation, chat: false, recording: null };
}

function stillOpen<Spec extends Pick<SessionSpec, 'endTime' | 'events'>>(spec: Spec, now: Seconds): Spec {
  const events = spec.events.filter((event) => event.time <= now && event.type !== 'Session End');
  return { ...spec, endTime: null, events };
}
