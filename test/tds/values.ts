import type { Reader } from './reader.ts';

/** A value of a parameter or of a row that was loaded. Instants are milliseconds since 1970, as a Date. */
export type Value = string | number | Date | null;

export interface TypeInfo {
  readonly id: number;
  readonly length: number;
  readonly scale: number;
}

const intN = 0x26;
const dateTime2 = 0x2a;
const nVarChar = 0xe7;
const untilTheEnd = 0xffff;

/** The three types that our statements and tables have. */
export function readTypeInfo(reader: Reader): TypeInfo {
  const id = reader.u8();
  switch (id) {
    case intN:
      return { id, length: reader.u8(), scale: 0 };
    case dateTime2:
      return { id, length: 0, scale: reader.u8() };
    case nVarChar: {
      const length = reader.u16();
      reader.skip(5);
      return { id, length, scale: 0 };
    }
    default:
      throw new Error(`the endpoint does not know the type 0x${id.toString(16)}`);
  }
}

export function readValue(reader: Reader, type: TypeInfo): Value {
  if (type.id === nVarChar) return type.length === untilTheEnd ? readLongText(reader) : readText(reader);
  const length = reader.u8();
  if (length === 0) return null;
  return type.id === intN ? readInteger(reader, length) : readInstant(reader, length, type.scale);
}

function readText(reader: Reader): string | null {
  const length = reader.u16();
  return length === untilTheEnd ? null : reader.bytes(length).toString('utf16le');
}

/** A text in chunks, of a length that is told before or not. */
function readLongText(reader: Reader): string | null {
  const total = reader.bytes(8).readBigUInt64LE();
  if (total === 0xffff_ffff_ffff_ffffn) return null;
  const chunks: Buffer[] = [];
  for (let length = reader.u32(); length > 0; length = reader.u32()) chunks.push(reader.bytes(length));
  return Buffer.concat(chunks).toString('utf16le');
}

function readInteger(reader: Reader, length: number): number {
  const bytes = reader.bytes(length);
  return length === 8 ? Number(bytes.readBigInt64LE()) : bytes.readIntLE(0, length);
}

const dayMs = 86_400_000;
const firstDay = Date.UTC(2000, 0, 1) - 730_119 * dayMs;

function readInstant(reader: Reader, length: number, scale: number): Date {
  const time = reader.bytes(length - 3).readUIntLE(0, length - 3);
  const days = reader.bytes(3).readUIntLE(0, 3);
  return new Date(firstDay + days * dayMs + Math.round((time / 10 ** scale) * 1000));
}

/** What a result's column is declared as. */
export type ColumnKind = 'text' | 'integer' | 'long' | 'instant';

export function typeInfoOf(kind: ColumnKind): Buffer {
  switch (kind) {
    case 'text':
      return Buffer.from([nVarChar, 0xff, 0xff, 0x09, 0x04, 0xd0, 0x00, 0x34]);
    case 'integer':
      return Buffer.from([intN, 4]);
    case 'long':
      return Buffer.from([intN, 8]);
    case 'instant':
      return Buffer.from([dateTime2, 3]);
  }
}

export function valueBytes(kind: ColumnKind, value: Value): Buffer {
  switch (kind) {
    case 'text':
      return value === null ? Buffer.alloc(8, 0xff) : textBytes(String(value));
    case 'integer':
      return value === null ? Buffer.from([0]) : integerBytes(Number(value));
    case 'long':
      return value === null ? Buffer.from([0]) : longBytes(Number(value));
    case 'instant':
      return value === null ? Buffer.from([0]) : instantBytes(value as Date);
  }
}

/** NVARCHAR(MAX): the whole length, one chunk with its length, and an empty one. */
function textBytes(text: string): Buffer {
  const bytes = Buffer.from(text, 'utf16le');
  const head = Buffer.alloc(12);
  head.writeBigUInt64LE(BigInt(bytes.length));
  head.writeUInt32LE(bytes.length, 8);
  return bytes.length === 0 ? head : Buffer.concat([head, bytes, Buffer.alloc(4)]);
}

function longBytes(value: number): Buffer {
  const bytes = Buffer.alloc(9);
  bytes.writeUInt8(8);
  bytes.writeBigInt64LE(BigInt(value), 1);
  return bytes;
}

function integerBytes(value: number): Buffer {
  const bytes = Buffer.alloc(5);
  bytes.writeUInt8(4);
  bytes.writeInt32LE(value, 1);
  return bytes;
}

/** DATETIME2(3): four bytes of milliseconds within the day, three of days. */
function instantBytes(value: Date): Buffer {
  const bytes = Buffer.alloc(8);
  const days = Math.floor((value.getTime() - firstDay) / dayMs);
  bytes.writeUInt8(7);
  bytes.writeUInt32LE(value.getTime() - firstDay - days * dayMs, 1);
  bytes.writeUIntLE(days, 5, 3);
  return bytes;
}
