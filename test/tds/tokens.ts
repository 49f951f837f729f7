import { type ColumnKind, typeInfoOf, type Value, valueBytes } from './values.ts';

/** A result of a query. */
export interface ResultSet {
  readonly columns: Readonly<Record<string, ColumnKind>>;
  readonly rows: readonly Readonly<Record<string, Value>>[];
}

export interface ServerError {
  readonly number: number;
  readonly message: string;
  readonly severity?: number;
  /** An error that the server reports before it. */
  readonly before?: ServerError;
}

const moreToCome = 0x01;
const failed = 0x02;
const counted = 0x10;
const attentionSeen = 0x20;

export function done({ rows = null, more = false }: { rows?: number | null; more?: boolean } = {}): Buffer {
  return doneToken((rows === null ? 0 : counted) | (more ? moreToCome : 0), rows ?? 0);
}

export function attentionDone(): Buffer {
  return doneToken(attentionSeen, 0);
}

export function errorReply(error: ServerError): Buffer {
  return Buffer.concat([errorTokens(error), doneToken(failed, 0)]);
}

function errorTokens({ number, message, severity = 14, before }: ServerError): Buffer {
  const head = Buffer.alloc(6);
  head.writeInt32LE(number);
  head.writeUInt8(1, 4);
  head.writeUInt8(severity, 5);
  const line = Buffer.from([1, 0, 0, 0]);
  const body = Buffer.concat([head, usText(message), bText('tds'), bText(''), line]);
  const earlier = before === undefined ? [] : [errorTokens(before)];
  return Buffer.concat([...earlier, Buffer.from([0xaa]), length16(body), body]);
}

export function resultSets(sets: readonly ResultSet[]): Buffer {
  const parts = sets.map((set, index) =>
    Buffer.concat([resultSet(set), done({ rows: set.rows.length, more: index < sets.length - 1 })]),
  );
  return sets.length === 0 ? done() : Buffer.concat(parts);
}

function resultSet({ columns, rows }: ResultSet): Buffer {
  const kinds = Object.entries(columns);
  const count = Buffer.alloc(3);
  count.writeUInt8(0x81);
  count.writeUInt16LE(kinds.length, 1);
  const metadata = kinds.map(([name, kind]) =>
    // User type (4), flags (2): nullable and updatable.
    Buffer.concat([Buffer.from([0, 0, 0, 0, 0x09, 0]), typeInfoOf(kind), bText(name)]),
  );
  const lines = rows.map((row) =>
    Buffer.concat([Buffer.from([0xd1]), ...kinds.map(([name, kind]) => valueBytes(kind, row[name] ?? null))]),
  );
  return Buffer.concat([count, ...metadata, ...lines]);
}

export const beginTransaction = 8;
export const commitTransaction = 9;
export const rollbackTransaction = 10;

/** A change of the connection's transaction. */
export function transactionChange(type: number, descriptor: Buffer): Buffer {
  const value = Buffer.concat([Buffer.from([descriptor.length]), descriptor]);
  const body =
    type === beginTransaction
      ? Buffer.concat([Buffer.from([type]), value, Buffer.from([0])])
      : Buffer.concat([Buffer.from([type]), Buffer.from([0]), value]);
  return Buffer.concat([Buffer.from([0xe3]), length16(body), body]);
}

/** Accepts a login, to the database that was asked for. */
export function loginReply(database: string): Buffer {
  const change = Buffer.concat([Buffer.from([1]), bText(database), bText('master')]);
  const version = Buffer.from([16, 0, 0x10, 0]);
  const interfaceAndVersion = Buffer.from([1, 0x74, 0, 0, 0x04]);
  const acknowledgement = Buffer.concat([interfaceAndVersion, bText('tds endpoint'), version]);
  return Buffer.concat([
    Buffer.from([0xe3]),
    length16(change),
    change,
    Buffer.from([0xad]),
    length16(acknowledgement),
    acknowledgement,
    done(),
  ]);
}

/** No encryption, no instance, no MARS. */
export function preloginReply(): Buffer {
  const version = Buffer.from([16, 0, 0, 0, 0, 0]);
  const notSupported = Buffer.from([2]);
  const head = Buffer.from([0, 0, 11, 0, 6, 1, 0, 17, 0, 1, 0xff]);
  return Buffer.concat([head, version, notSupported]);
}

function doneToken(status: number, rows: number): Buffer {
  const token = Buffer.alloc(13);
  token.writeUInt8(0xfd);
  token.writeUInt16LE(status, 1);
  token.writeBigUInt64LE(BigInt(rows), 5);
  return token;
}

function bText(text: string): Buffer {
  return Buffer.concat([Buffer.from([text.length]), Buffer.from(text, 'utf16le')]);
}

function usText(text: string): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16LE(text.length);
  return Buffer.concat([length, Buffer.from(text, 'utf16le')]);
}

function length16(body: Buffer): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16LE(body.length);
  return length;
}
