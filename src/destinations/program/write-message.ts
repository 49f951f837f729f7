import { isUtf8 } from 'node:buffer';
import { toIso, type UnixSeconds } from '../../platform/clock.ts';
import type { Kind } from '../../platform/kinds.ts';
import { version } from '../../platform/version.ts';
import { type Delivery, type FileDelivery, isRecord, type RecordDelivery } from '../destination.ts';
import { protocolVersion } from './protocol.ts';

/** What a plugin is told before anything else. */
export interface Greeting {
  readonly destination: string;
  readonly transfer: string;
  readonly site: string;
  readonly kinds: readonly Kind[];
  /** Only to try whether it would work. */
  readonly check: boolean;
  readonly configuration: ReadonlyMap<string, string>;
}

/*
 * Each function gives a line in pieces, so that a session of any size is never held as text. Lines are ASCII: they
 * are read alike whatever encoding a plugin's language supposes on Windows.
 */

export function helloLine({ configuration, ...greeting }: Greeting): readonly string[] {
  const settings = Object.fromEntries(configuration);
  return [
    line({ type: 'hello', protocol: protocolVersion, ic: version, ...greeting, configuration: settings }),
  ];
}

export function itemLine(item: number, delivery: Delivery): Iterable<string> {
  return isRecord(delivery) ? recordLine(item, delivery) : [fileLine(item, delivery)];
}

export function commitLine(batch: number): string {
  return line({ type: 'commit', batch });
}

export function advanceLine(kind: Kind, watermark: UnixSeconds): string {
  return line({ type: 'advance', kind, watermark, time: toIso(watermark) });
}

export const goodbyeLine = line({ type: 'goodbye' });

function fileLine(item: number, { path, bytes, sha256, extension, ...delivery }: FileDelivery): string {
  const { kind, names, downloadedAt } = delivery;
  return line({ type: 'file', item, kind, path, bytes, sha256, extension, downloadedAt, names });
}

function* recordLine(item: number, delivery: RecordDelivery): Generator<string> {
  const { kind, names, contentHash } = delivery;
  const type = kind === 'sessions' ? 'session' : 'presentation';
  yield `${asciiJson({ type, item, kind, contentHash, names }).slice(0, -1)},"model":`;
  if (kind === 'sessions') {
    const { events, ...session } = delivery.record;
    yield `${asciiJson(session).slice(0, -1)},"events":[`;
    yield* joined(events);
    yield ']}';
  } else {
    yield asciiJson(delivery.record);
  }
  yield* rawField(delivery.raw);
  yield '}\n';
}

function* joined(values: readonly unknown[]): Generator<string> {
  let piece = '';
  for (const [index, value] of values.entries()) {
    piece += (index === 0 ? '' : ',') + asciiJson(value);
    if (piece.length < pieceLength) continue;
    yield piece;
    piece = '';
  }
  yield piece;
}

function rawField(raw: Uint8Array): Generator<string> {
  return isUtf8(raw) ? rawText(raw) : rawBase64(raw);
}

function* rawText(raw: Uint8Array): Generator<string> {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  yield ',"raw":"';
  for (const bytes of slices(raw)) yield asciiJson(decoder.decode(bytes, { stream: true })).slice(1, -1);
  yield '"';
}

function* rawBase64(raw: Uint8Array): Generator<string> {
  yield ',"rawBase64":"';
  for (const bytes of slices(raw)) {
    yield Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
  }
  yield '"';
}

/** A multiple of three, so that pieces of base64 can be joined. */
const pieceLength = 3 * 2 ** 14;

function* slices(bytes: Uint8Array): Generator<Uint8Array> {
  for (let from = 0; from < bytes.length; from += pieceLength) yield bytes.subarray(from, from + pieceLength);
}

function line(message: object): string {
  return `${asciiJson(message)}\n`;
}

function asciiJson(value: unknown): string {
  return JSON.stringify(value).replace(/[\u007f-\uffff]/g, escapeUnit);
}

function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
