import { Reader } from './reader.ts';
import { readTypeInfo, readValue, type Value } from './values.ts';

/** A statement with its parameters, by name without `@`. */
export interface Statement {
  readonly sql: string;
  readonly parameters: Readonly<Record<string, Value>>;
}

export interface Login {
  readonly user: string;
  readonly password: string;
  readonly database: string;
}

export type LoadedRow = Readonly<Record<string, Value>>;

export type TransactionOrder = 'begin' | 'commit' | 'rollback';

export function readBatch(payload: Buffer): Statement {
  const reader = afterHeaders(payload);
  return { sql: reader.rest().toString('utf16le'), parameters: {} };
}

const executeSql = 10;

/** `sp_executesql`, which is all that the driver calls. */
export function readRpc(payload: Buffer): Statement {
  const reader = afterHeaders(payload);
  if (reader.u16() !== 0xffff || reader.u16() !== executeSql)
    throw new Error('the endpoint knows no procedure but sp_executesql');
  reader.skip(2);
  const values: (readonly [string, Value])[] = [];
  while (!reader.isAtEnd) {
    const name = reader.shortText().replace(/^@/, '');
    reader.skip(1);
    values.push([name, readValue(reader, readTypeInfo(reader))]);
  }
  const [statement, , ...parameters] = values;
  return { sql: String(statement?.[1]), parameters: Object.fromEntries(parameters) };
}

export function readTransactionOrder(payload: Buffer): TransactionOrder {
  const order = afterHeaders(payload).u16();
  const name = ({ 5: 'begin', 7: 'commit', 8: 'rollback' } as const)[order];
  if (name === undefined) throw new Error(`the endpoint knows no transaction request ${order}`);
  return name;
}

/** The rows of a bulk load. */
export function readBulk(payload: Buffer): readonly LoadedRow[] {
  const reader = new Reader(payload);
  if (reader.u8() !== 0x81) throw new Error('a bulk load begins with its columns');
  const columns = Array.from({ length: reader.u16() }, () => {
    reader.skip(6);
    return { type: readTypeInfo(reader), name: reader.shortText() };
  });
  const rows: LoadedRow[] = [];
  while (reader.u8() === 0xd1)
    rows.push(Object.fromEntries(columns.map(({ name, type }) => [name, readValue(reader, type)])));
  return rows;
}

export function readLogin(payload: Buffer): Login {
  const field = (offset: number): Buffer => {
    const at = payload.readUInt16LE(offset);
    return payload.subarray(at, at + payload.readUInt16LE(offset + 2) * 2);
  };
  // Each byte of the password has its halves swapped and is then XORed with A5.
  const password = Buffer.from(field(44)).map((byte) => {
    const bits = byte ^ 0xa5;
    return ((bits << 4) & 0xf0) | (bits >> 4);
  });
  return {
    user: field(40).toString('utf16le'),
    password: Buffer.from(password).toString('utf16le'),
    database: field(68).toString('utf16le'),
  };
}

function afterHeaders(payload: Buffer): Reader {
  return new Reader(payload, payload.readUInt32LE(0));
}
