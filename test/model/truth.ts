import { type MediaSpec, mediaSha256 } from '../appliance/media.ts';
import type { SessionSpec } from '../appliance/spec.ts';

export const recordingKinds = ['session-recordings', 'command-shell-recordings'] as const;
export type RecordingKind = (typeof recordingKinds)[number];

/** One recording of one session. */
export interface RecordingKey {
  readonly kind: RecordingKind;
  readonly lsid: string;
  readonly instance: number;
}

export function keyText({ kind, lsid, instance }: RecordingKey): string {
  return `${kind} ${lsid} ${instance}`;
}

/** What is true of one session, whatever a clock said. Instants are true UNIX seconds. */
export interface KnownSession {
  readonly begunAt: number;
  readonly endedAt: number | null;
  /** Every state in which a report may have shown it, oldest first. */
  readonly states: readonly SessionSpec[];
}

/** The history of everything that the appliance ever had, kept by the test as it makes it happen. */
export class Truth {
  readonly #sessions = new Map<string, KnownSession>();
  readonly #recordings = new Map<string, Set<string>>();
  readonly #expired = new Set<string>();

  /** A session is new, or has another content from now on. */
  record(session: SessionSpec, now: number): void {
    const known = this.#sessions.get(session.lsid);
    const endedAt = session.endTime === null ? null : now;
    this.#sessions.set(session.lsid, {
      begunAt: known?.begunAt ?? now,
      endedAt: known?.endedAt ?? endedAt,
      states: [...(known?.states ?? []), session],
    });
    for (const { key, media } of recordingsOf(session)) this.#noteBytes(keyText(key), media);
  }

  session(lsid: string): KnownSession | undefined {
    return this.#sessions.get(lsid);
  }

  expire(key: RecordingKey): void {
    this.#expired.add(keyText(key));
  }

  isExpired(key: RecordingKey): boolean {
    return this.#expired.has(keyText(key));
  }

  /** SHA-256 of every file that the appliance ever served as the recording. */
  bytesOf(key: RecordingKey): ReadonlySet<string> {
    return this.#recordings.get(keyText(key)) ?? new Set();
  }

  #noteBytes(key: string, media: MediaSpec): void {
    const known = this.#recordings.get(key) ?? new Set();
    this.#recordings.set(key, known.add(mediaSha256(media)));
  }
}

/** The recordings that a session has, once it has ended. */
export function recordingsOf(
  session: SessionSpec,
): readonly { readonly key: RecordingKey; readonly media: MediaSpec }[] {
  const { lsid, recording, commandShellRecordings } = session;
  const shells = commandShellRecordings.map(({ instance, media }) => ({
    key: { kind: 'command-shell-recordings', lsid, instance } as const,
    media,
  }));
  if (recording === null) return shells;
  return [{ key: { kind: 'session-recordings', lsid, instance: 0 }, media: recording }, ...shells];
}
