import { createHash } from 'node:crypto';
import type { UnixSeconds } from '../../platform/clock.ts';
import type { Kind } from '../../platform/kinds.ts';

/** A file that was written, or was found and taken for what it is. Instants are ISO 8601, UTC. */
export interface FileEntry {
  readonly type: 'stored' | 'updated' | 'adopted';
  /** When, by this machine's clock. */
  readonly at: string;
  readonly transfer: string;
  readonly site: string;
  readonly host: string;
  readonly kind: Kind;
  readonly lsid: string | null;
  readonly instance: number | null;
  /** Relative to the directory that holds the manifest's folder, with forward slashes. */
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly content_hash: string;
  /** Of a recording or backup, by what it holds: `video/mp4`. Lines of version 0.1.0 have none. */
  readonly media_type?: string;
  /** The session's, by the appliance's clock. */
  readonly start: string | null;
  readonly end: string | null;
  /** When the download ended, by the appliance's clock; null for what comes in a report. */
  readonly downloaded: string | null;
  readonly lseq: string | null;
  readonly session_type: string | null;
  readonly external_key: string | null;
}

/** A file that the destination itself took away. */
export interface RemovedEntry {
  readonly type: 'removed';
  readonly at: string;
  readonly site: string;
  readonly kind: Kind;
  readonly path: string;
}

/** Everything of the kind that the site's sessions had from `since` up to `watermark` has been delivered by the transfer. */
export interface WatermarkEntry {
  readonly type: 'watermark';
  readonly at: string;
  readonly transfer: string;
  readonly site: string;
  readonly kind: Kind;
  /** Missing in lines of version 0.1.0. */
  readonly since?: string;
  readonly watermark: string;
}

/** From here on a transfer and its site have other names than in the lines before. */
export interface RenamedEntry {
  readonly type: 'renamed';
  readonly at: string;
  readonly transfer_before: string;
  readonly transfer: string;
  readonly site_before: string;
  readonly site: string;
}

/** A line that a crash had cut off was taken away. */
export interface RepairEntry {
  readonly type: 'repair';
  readonly at: string;
  readonly dropped_bytes: number;
}

export type ManifestEntry = FileEntry | RemovedEntry | WatermarkEntry | RenamedEntry | RepairEntry;

/** What ties a line to its place: a removed, altered or inserted line breaks the chain. */
export interface Link {
  /** Counts from 1, across all months. */
  readonly seq: number;
  /** SHA-256, hex, of the line before, without its line end; 64 zeros in the first line. */
  readonly previous: string;
}

export type ManifestLine = ManifestEntry & Link;

export const beforeFirstLine = '0'.repeat(64);

/** The line's text, without a line end. */
export function formatLine({ type, at, ...entry }: ManifestEntry, { seq, previous }: Link): string {
  return JSON.stringify({ seq, at, type, ...entry, previous });
}

/** Null when the text is no line of a manifest. */
export function parseLine(text: string): ManifestLine | null {
  try {
    const line: unknown = JSON.parse(text);
    return isLine(line) ? line : null;
  } catch {
    return null;
  }
}

/** A line about a file that has no place in the chain yet; null when the text is none. */
export function parseEntry(text: string): FileEntry | null {
  const line = parseLine(text.replace(/^\{/, '{"seq":0,"previous":"",'));
  if (line === null || !isFileEntry(line)) return null;
  const { seq: _seq, previous: _previous, ...entry } = line;
  return entry;
}

export function hashLine(text: string | Uint8Array): string {
  return createHash('sha256').update(text).digest('hex');
}

export function isFileEntry<Entry extends ManifestEntry>(entry: Entry): entry is Entry & FileEntry {
  return entry.type === 'stored' || entry.type === 'updated' || entry.type === 'adopted';
}

/** When a file's session ended, else when it began, else when the file was stored. */
export function timeOf({ end, start, at }: FileEntry): UnixSeconds {
  return Math.floor(Date.parse(end ?? start ?? at) / 1000);
}

/** Whether a field's value is one that the rest can rely on. */
type FieldType = (value: unknown) => boolean;

const text: FieldType = (value) => typeof value === 'string';
const count: FieldType = (value) => Number.isSafeInteger(value) && (value as number) >= 0;
const instant: FieldType = (value) => typeof value === 'string' && Number.isFinite(Date.parse(value));
const optional =
  (type: FieldType): FieldType =>
  (value) =>
    value === undefined || value === null || type(value);

const fileFields: Readonly<Record<string, FieldType>> = {
  path: text,
  bytes: count,
  sha256: text,
  kind: text,
  site: text,
  content_hash: text,
  lsid: optional(text),
  instance: optional(count),
  start: optional(instant),
  end: optional(instant),
  lseq: optional(text),
  session_type: optional(text),
  external_key: optional(text),
};

/** What a line of each type must have; a later version may add types and fields. */
const fieldsOf: ReadonlyMap<unknown, Readonly<Record<string, FieldType>>> = new Map([
  ['stored', fileFields],
  ['updated', fileFields],
  ['adopted', fileFields],
  ['removed', { path: text, kind: text, site: text }],
  ['watermark', { since: optional(instant), watermark: instant, kind: text, site: text, transfer: text }],
  ['renamed', { transfer_before: text, transfer: text, site_before: text, site: text }],
]);

function isLine(value: unknown): value is ManifestLine {
  if (typeof value !== 'object' || value === null) return false;
  const fields = value as Readonly<Record<string, unknown>>;
  const types = { seq: count, previous: text, at: instant, type: text, ...fieldsOf.get(fields.type) };
  const isComplete = Object.entries(types).every(([name, isSound]) => isSound(fields[name]));
  return isComplete && staysInside(fields.path);
}

/** Whoever can write to the manifest must not make anybody read or remove a file outside the archive. */
function staysInside(path: unknown): boolean {
  return (
    typeof path !== 'string' ||
    !path.split(/[/\\]/).some((part) => part === '..' || part === '' || part === '.')
  );
}
