import type { Seconds } from './clock.ts';
import type { Core } from './core.ts';
import { type MediaSpec, mediaSha256 } from './media.ts';

/** The kinds of recording, by their report type. */
export const recordingReports = {
  SupportSessionRecording: 'session',
  CommandShellRecording: 'shell',
  ShowMyScreenRecording: 'sms',
  PresentationSessionRecording: 'presentation',
} as const;

export type RecordingKind = (typeof recordingReports)[keyof typeof recordingReports];

/** Names one recording; `instance` is null for session and presentation recordings. */
export interface RecordingTarget {
  readonly kind: RecordingKind;
  readonly lsid: string;
  readonly instance: number | null;
}

export type RecordingState =
  | 'ready'
  | 'expired'
  /** Not ready, for ever. */
  | 'never'
  /** Not ready for so many requests. */
  | { readonly notReadyFor: number }
  /** Not ready before this moment of the appliance's clock. */
  | { readonly readyAt: Seconds }
  | { readonly error: string };

/** How recordings are served. */
export interface RecordingBehaviour {
  readonly state: RecordingState;
  readonly notReadyText: string;
  /** Whether the reporting API serves it; if not, only the reported link does. */
  readonly api: boolean;
  /** What the reported link wants: nothing, or the bearer token, without which it leads to the login page. */
  readonly link: 'open' | 'bearer' | 'closed';
  /** Where the link leads instead, for instance another host. */
  readonly linkRedirect: string | null;
  /** Null: what fits the format. */
  readonly contentType: string | null;
  readonly contentLength: boolean;
  /** Offers `Range`, with an `ETag`. */
  readonly range: boolean;
  /** A weak one holds for files that are much alike. It is good for no range, but this appliance lets it pass. */
  readonly etag: 'strong' | 'weak';
  readonly bytesPerSecond: number | null;
}

export const expiredText = 'This recording has expired and can no longer be viewed or downloaded.';

const defaults: RecordingBehaviour = {
  state: 'ready',
  notReadyText: 'This recording is being processed. Please try again later.',
  api: true,
  link: 'bearer',
  linkRedirect: null,
  contentType: null,
  contentLength: false,
  range: false,
  etag: 'strong',
  bytesPerSecond: null,
};

/** How recordings behave: what is configured last wins, for the recordings that it is meant for. */
export class Recordings {
  readonly #rules: {
    readonly which: Partial<RecordingTarget>;
    readonly behaviour: Partial<RecordingBehaviour>;
  }[] = [];
  readonly #asked = new Map<string, number>();

  configure(behaviour: Partial<RecordingBehaviour>, which: Partial<RecordingTarget> = {}): void {
    this.#rules.push({ which, behaviour });
  }

  behaviour(target: RecordingTarget): RecordingBehaviour {
    const fitting = this.#rules.filter(({ which }) => fits(target, which)).map(({ behaviour }) => behaviour);
    return Object.assign({}, defaults, ...fitting);
  }

  /** Counts a request for a recording and returns how many there were before it. */
  ask(target: RecordingTarget): number {
    const key = JSON.stringify([target.kind, target.lsid, target.instance]);
    const before = this.#asked.get(key) ?? 0;
    this.#asked.set(key, before + 1);
    return before;
  }
}

/** The file that a session or presentation has for a target, null when there is none. */
export function findMedia(core: Core, { kind, lsid, instance }: RecordingTarget): MediaSpec | null {
  if (kind === 'presentation')
    return core.presentations.has(lsid) ? core.presentations.get(lsid).recording : null;
  if (!core.sessions.has(lsid)) return null;
  const session = core.sessions.get(lsid);
  if (kind === 'session') return session.recording;
  const recordings = kind === 'sms' ? session.showMyScreenRecordings : session.commandShellRecordings;
  return recordings.find((recording) => recording.instance === instance)?.media ?? null;
}

export function recordingSha256(core: Core, target: RecordingTarget): string {
  const spec = findMedia(core, target);
  if (!spec) throw new Error(`The appliance has no ${target.kind} recording of ${target.lsid}.`);
  return mediaSha256(spec);
}

function fits(target: RecordingTarget, which: Partial<RecordingTarget>): boolean {
  return (
    (which.kind === undefined || which.kind === target.kind) &&
    (which.lsid === undefined || which.lsid === target.lsid) &&
    (which.instance === undefined || which.instance === target.instance)
  );
}
