import type { RecordingKind } from '../platform/kinds.ts';
import type { InstanceRecording, Presentation, Session, SessionEvent } from '../sessions/session.ts';

/** A recording that a session or presentation says it has. */
export interface ExpectedRecording {
  readonly kind: RecordingKind;
  readonly instance: number;
  /** A secret: whoever holds it may be able to download without signing in. */
  readonly url: string | null;
}

/** Which recordings exist is told by the report alone: by link elements and, where a list is missing, by events. */
export function recordingsOfSession(session: Session): readonly ExpectedRecording[] {
  const screen = session.recordingDownloadUrl ?? session.recordingViewUrl;
  return [
    ...(screen === null
      ? []
      : [{ kind: 'session-recordings', instance: 0, url: session.recordingDownloadUrl } as const]),
    ...instances(
      'command-shell-recordings',
      session.commandShellRecordings,
      session,
      'Command Shell Session Started',
    ),
    ...instances(
      'show-my-screen-recordings',
      session.showMyScreenRecordings,
      session,
      'Show My Screen Recording',
    ),
  ];
}

export function recordingsOfPresentation(presentation: Presentation): readonly ExpectedRecording[] {
  const url = presentation.recordingDownloadUrl;
  if (url === null && presentation.recordingViewUrl === null) return [];
  return [{ kind: 'presentation-recordings', instance: 0, url }];
}

function instances(
  kind: RecordingKind,
  listed: readonly InstanceRecording[],
  session: Session,
  eventType: string,
): readonly ExpectedRecording[] {
  const found = new Map<number, ExpectedRecording>();
  listed.forEach((recording, position) => {
    const instance = toInstance(recording.instance) ?? position;
    found.set(instance, { kind, instance, url: recording.downloadUrl });
  });
  if (listed.length === 0) {
    session.events
      .filter((event) => event.type === eventType && tellsOfRecording(event))
      .forEach((event, position) => {
        const instance = toInstance(value(event, 'instance')) ?? position;
        found.set(instance, { kind, instance, url: value(event, 'download_url') });
      });
  }
  return [...found.values()];
}

/** That a shell was opened does not tell that it was recorded; its instance or a link does. */
function tellsOfRecording(event: SessionEvent): boolean {
  if (event.type === 'Show My Screen Recording') return true;
  return ['instance', 'download_url', 'view_url'].some((name) => value(event, name) !== null);
}

function value(event: SessionEvent, name: string): string | null {
  return event.data.find((pair) => pair.name === name)?.value ?? null;
}

function toInstance(text: string | null): number | null {
  return text !== null && /^\d{1,9}$/.test(text) ? Number(text) : null;
}
