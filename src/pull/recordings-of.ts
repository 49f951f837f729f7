import type { RecordingKind } from '../platform/kinds.ts';
import type { InstanceRecording, Presentation, Session, SessionEvent } from '../sessions/session.ts';

/** A recording that a session or presentation says it has. */
export interface ExpectedRecording {
  readonly kind: RecordingKind;
  readonly instance: number;
  /** A secret: whoever holds it may be able to download without signing in. */
  readonly url: string | null;
}

/** Which recordings exist is told by the report alone: by link elements, and by events where a list is missing or short. */
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

/** What the list names, and those that it lacks and an event numbers; without a list, whatever events tell of. */
function instances(
  kind: RecordingKind,
  listed: readonly InstanceRecording[],
  session: Session,
  eventType: string,
): readonly ExpectedRecording[] {
  const told = session.events
    .filter((event) => event.type === eventType && tellsOfRecording(event))
    .map((event) => ({ number: toNumber(value(event, 'instance')), url: value(event, 'download_url') }))
    // Several events may tell of one recording.
    .filter(
      ({ number }, index, all) => number === null || all.findIndex((e) => e.number === number) === index,
    );
  if (listed.length === 0) return toExpected(kind, numbered(told));
  const found = numbered(
    listed.map(({ instance, downloadUrl }) => ({ number: toNumber(instance), url: downloadUrl })),
  );
  for (const { number, url } of told) if (number !== null && !found.has(number)) found.set(number, url);
  return toExpected(kind, found);
}

/** Links by instance. One that has no number, or another's, takes the lowest that none has: no two are one recording. */
function numbered(
  entries: readonly { readonly number: number | null; readonly url: string | null }[],
): Map<number, string | null> {
  const found = new Map<number, string | null>();
  const without: (string | null)[] = [];
  for (const { number, url } of entries) {
    const known = number === null ? null : (found.get(number) ?? null);
    const isOther = known !== null && url !== null && url !== known;
    if (number === null || isOther) without.push(url);
    else found.set(number, known ?? url);
  }
  let free = 0;
  for (const url of without) {
    while (found.has(free)) free += 1;
    found.set(free, url);
  }
  return found;
}

function toExpected(
  kind: RecordingKind,
  found: ReadonlyMap<number, string | null>,
): readonly ExpectedRecording[] {
  return [...found].map(([instance, url]) => ({ kind, instance, url }));
}

/** That a shell was opened does not tell that it was recorded; its instance or a link does. */
function tellsOfRecording(event: SessionEvent): boolean {
  if (event.type === 'Show My Screen Recording') return true;
  return ['instance', 'download_url', 'view_url'].some((name) => value(event, name) !== null);
}

function value(event: SessionEvent, name: string): string | null {
  return event.data.find((pair) => pair.name === name)?.value ?? null;
}

function toNumber(text: string | null): number | null {
  return text !== null && /^\d{1,9}$/.test(text) ? Number(text) : null;
}
