import { createHash, type Hash, hash } from 'node:crypto';
import { toIso } from '../../platform/clock.ts';
import type { RecordKind } from '../../platform/kinds.ts';
import { type ColumnType, columnsOf, type TableName } from './tables.ts';

/** A row as it was mapped, or as a driver gives it: instants as UNIX seconds, text or Date. */
export type StoredRow = Readonly<Record<string, unknown>>;

/** A session's rows, each list in the order of its ids. */
export interface SessionContent {
  readonly session: StoredRow;
  readonly representatives: readonly StoredRow[];
  readonly customers: readonly StoredRow[];
  readonly teams: readonly StoredRow[];
  readonly customAttributes: readonly StoredRow[];
  readonly events: readonly EventContent[];
  /** Rows of `system_information` whose session and event are not of one session. None was ever delivered. */
  readonly strays?: readonly StoredRow[];
}

export interface EventContent {
  readonly event: StoredRow;
  readonly data: readonly StoredRow[];
  readonly systemInformation: readonly StoredRow[];
}

export interface PresentationContent {
  readonly presentation: StoredRow;
  readonly attendees: readonly StoredRow[];
}

/**
 * What the rows of a record hold: version, `-`, and SHA-256 in hex of a canonical text, which is the same for all
 * databases. Ids are left out, their order is not.
 */
export function digestSession(content: SessionContent): string {
  const text = new CanonicalText();
  text.rows('session', [content.session]);
  text.rows('representative', content.representatives);
  text.rows('customer', content.customers);
  text.rows('team', content.teams);
  text.rows('custom_attribute', content.customAttributes);
  for (const { event, data, systemInformation } of content.events) {
    text.rows('session_event', [event]);
    text.rows('session_event_data', data);
    text.rows('system_information', systemInformation);
  }
  if (content.strays !== undefined && content.strays.length > 0)
    text.rows('system_information', content.strays);
  return text.digest();
}

export function digestPresentation({ presentation, attendees }: PresentationContent): string {
  const text = new CanonicalText();
  text.rows('presentation', [presentation]);
  text.rows('presentation_attendee', attendees);
  return text.digest();
}

const version = 1;

/** Enough for the hash to work on, and little enough for records of any size. */
const pieceLength = 64 * 1024;

/** `table*rows;` and the cells of each row: `-` for NULL, else the length in UTF-16 units, `:`, and the text. */
class CanonicalText {
  /** Null while all of the text is pending: most are hashed at once, which takes a fraction of the time. */
  #hash: Hash | null = null;
  #pending = '';

  rows(table: TableName, rows: readonly StoredRow[]): void {
    this.#pending += `${table}*${rows.length};`;
    const columns = columnsOf(table);
    for (const row of rows) {
      for (const { name, type } of columns) this.#cell(row[name], type);
    }
  }

  digest(): string {
    const digest = this.#hash?.update(this.#pending).digest('hex') ?? hash('sha256', this.#pending, 'hex');
    return `${version}-${digest}`;
  }

  #cell(value: unknown, type: ColumnType): void {
    if (value === null || value === undefined) this.#pending += '-';
    else {
      const text = typeof value === 'string' ? value : canonical(value, type);
      this.#pending += `${text.length}:${text}`;
    }
    if (this.#pending.length < pieceLength) return;
    this.#hash ??= createHash('sha256');
    this.#hash.update(this.#pending);
    this.#pending = '';
  }
}

/** Flags are 0 and 1 in every database; bytes, which no column of ours holds, are no text that looks the same. */
function canonical(value: unknown, type: ColumnType): string {
  if (value instanceof Date) return value.toISOString().replace('.000Z', 'Z');
  if (type === 'time' && typeof value === 'number') return toIso(value);
  if (typeof value === 'boolean') return value ? '1' : '0';
  if (value instanceof Uint8Array) return `bytes ${Buffer.from(value).toString('hex')}`;
  return String(value);
}

/** How many delivery records there are of a kind, and the sum of what each contributes, in parts of 48 bits. */
export interface Tally {
  readonly records: number;
  readonly parts: readonly [number, number, number, number];
}

const modulus = 2 ** 48;

export const tallyColumns = ['digest_a', 'digest_b', 'digest_c', 'digest_d'] as const;

export const noRecords: Tally = { records: 0, parts: [0, 0, 0, 0] };

/** What one delivery record contributes: its count alone while it has no digest. */
export function tallyOf(kind: RecordKind, lsid: string, rowsDigest: string | null): Tally {
  if (rowsDigest === null) return { records: 1, parts: [0, 0, 0, 0] };
  const bytes = hash('sha256', `${kind} ${lsid.length}:${lsid}${rowsDigest}`, 'buffer');
  const part = (index: number): number => bytes.readUIntBE(index * 6, 6);
  return { records: 1, parts: [part(0), part(1), part(2), part(3)] };
}

export function plus(a: Tally, b: Tally): Tally {
  const part = (index: 0 | 1 | 2 | 3): number => (a.parts[index] + b.parts[index]) % modulus;
  return { records: a.records + b.records, parts: [part(0), part(1), part(2), part(3)] };
}

/** What `a` has more than `b`: the change that leads from `b` to `a`. */
export function minus(a: Tally, b: Tally): Tally {
  const part = (index: 0 | 1 | 2 | 3): number => (a.parts[index] - b.parts[index] + modulus) % modulus;
  return { records: a.records - b.records, parts: [part(0), part(1), part(2), part(3)] };
}

/** SQL that adds a change to the tally of a kind; `marks` stand for the count and the four parts. */
export function tallyUpdate(schema: string, kind: RecordKind, marks: readonly string[]): string {
  const [count, ...parts] = marks;
  const sums = tallyColumns.map(
    (column, index) => `${column} = (${column} + ${parts[index]}) % CAST(${modulus} AS BIGINT)`,
  );
  return `UPDATE ${schema}ic_tally SET records = records + ${count}, ${sums.join(', ')} WHERE kind = '${kind}'`;
}
