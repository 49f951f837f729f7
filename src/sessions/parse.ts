import type { RecordKind } from '../platform/kinds.ts';
import { contentHash, isOfPresentVersion } from './content-hash.ts';
import { contentHash1 } from './content-hash-1.ts';
import { attribute, type Element } from './element.ts';
import { readPresentation } from './read-presentation.ts';
import { readSession } from './read-session.ts';
import { RecordReader, type RecordSink, ReportSyntaxError } from './record-reader.ts';
import type { Presentation, Session } from './session.ts';

export { ReportSyntaxError };

interface Models {
  sessions: Session;
  presentations: Presentation;
}

/** One record of a report: its model, its bytes, and what its content is recognised by. */
export class ReportRecord<K extends RecordKind = RecordKind> {
  readonly kind: K;
  readonly record: Models[K];
  /** As the appliance sent it, from `<session` to `</session>`, byte for byte. */
  readonly raw: Uint8Array;
  /** What XML forbids in the record although the appliance sent it; in words, without the data. */
  readonly defects: readonly string[];
  #element: Element | null;
  readonly #rootTag: Uint8Array;
  #contentHash = '';

  constructor(kind: K, record: Models[K], source: RecordSource) {
    this.kind = kind;
    this.record = record;
    this.raw = source.raw;
    this.defects = source.defects;
    this.#element = source.element;
    this.#rootTag = source.rootTag;
  }

  /** See `contentHash`; worked out when it is first asked for, after which the elements are let go. */
  get contentHash(): string {
    if (this.#element !== null) {
      this.#contentHash = contentHash(this.#element);
      this.#element = null;
    }
    return this.#contentHash;
  }

  /** Whether a content hash, of whichever version of ic, is that of this record. */
  hasContent(hash: string): boolean {
    return isOfPresentVersion(hash) ? hash === this.contentHash : hash === elementHash1(this.document());
  }

  /** A document of its own: declaration, the list's root as it came, the raw bytes. */
  document(): Uint8Array {
    return renderDocument(this.#rootTag, this.raw);
  }
}

/** The first version's hash of a document's only record: seldom asked for, so that no elements are kept for it. */
function elementHash1(document: Uint8Array): string {
  let hash = '';
  const sink = {
    root: () => {},
    record: (element: Element) => {
      hash ||= contentHash1(element);
    },
    tooLong: () => {},
    end: () => {},
  };
  const reader = new RecordReader(sink, Number.POSITIVE_INFINITY);
  reader.write(document);
  reader.end();
  return hash;
}

interface RecordSource {
  readonly element: Element;
  readonly raw: Uint8Array;
  readonly defects: readonly string[];
  readonly rootTag: Uint8Array;
}

export type ReportItem<K extends RecordKind> =
  | { readonly type: 'record'; readonly record: ReportRecord<K> }
  /** A record that cannot be stored: it has no `lsid`, or is longer than a record may be. */
  | { readonly type: 'invalid'; readonly reason: string; readonly lsid: string | null }
  /** The appliance's `<error>`, as the document's root or inside the list. */
  | { readonly type: 'error'; readonly text: string };

/** The document is well-formed and something else than the report that was asked for. */
export class UnexpectedReportError extends Error {
  constructor(problem: string) {
    super(problem);
    this.name = 'UnexpectedReportError';
  }
}

const roots: Record<RecordKind, ReadonlySet<string>> = {
  sessions: new Set(['session_list']),
  presentations: new Set(['presentation_session_list', 'presentation_list', 'session_list']),
};

/** How many bytes a record may have unless it is said otherwise: what `max_record` of a site is by default. */
export const usualMaxRecord = 256_000_000;

/**
 * The records of a report of this kind (null: of the kind that its root tells), each as soon as its last byte is there; at most one is held. Throws `ReportSyntaxError`
 * for a document that is no XML or is cut off (after the complete records before that point), `UnexpectedReportError`
 * for another document, and whatever reading the bytes throws.
 */
export async function* parseReport<K extends RecordKind>(
  bytes: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  kind: K | null,
  maxRecord: number = usualMaxRecord,
): AsyncGenerator<ReportItem<K>, void, undefined> {
  const collector = new Collector<K>(kind);
  const reader = new RecordReader(collector, maxRecord);
  try {
    for await (const chunk of bytes) {
      for (const piece of pieces(chunk)) {
        reader.write(piece);
        for (const item of collector.take()) yield item;
      }
    }
    reader.end();
  } finally {
    for (const item of collector.take()) yield item;
  }
}

/** Bytes given to the parser at once: bounds how many records wait to be taken. */
const pieceLength = 65_536;

function* pieces(chunk: Uint8Array): Generator<Uint8Array> {
  for (let from = 0; from < chunk.length; from += pieceLength) yield chunk.subarray(from, from + pieceLength);
}

class Collector<K extends RecordKind> implements RecordSink {
  #kind: K | null;
  #rootTag: Uint8Array = new Uint8Array(0);
  #isError = false;
  #items: ReportItem<K>[] = [];

  constructor(kind: K | null) {
    this.#kind = kind;
  }

  take(): readonly ReportItem<K>[] {
    const items = this.#items;
    if (items.length > 0) this.#items = [];
    return items;
  }

  root(name: string, startTag: Uint8Array): void {
    this.#isError = name === 'error';
    this.#rootTag = startTag;
    if (this.#isError) return;
    this.#kind ??= kindOfRoot(name) as K | null;
    if (this.#kind === null || !roots[this.#kind].has(name)) {
      throw new UnexpectedReportError(`the document's root is <${name}>, which is no session report`);
    }
  }

  record(element: Element, raw: Uint8Array, defects: readonly string[]): void {
    // The document says that there is no list: what it holds besides is no record of one.
    if (this.#isError) return;
    if (element.name === 'error') this.#items.push({ type: 'error', text: element.trimmedText });
    else if (this.#isRecord(element)) this.#items.push(this.#item(element, raw, defects));
    else if (namesSession(element) || element.children.some(namesSession)) throw unknownRecord(element);
  }

  tooLong(name: string, lsid: string | null, bytes: number): void {
    if (this.#isError) return;
    const reason = `<${name}> ${lsid === null ? 'without an lsid' : `with the lsid ${lsid}`} has ${bytes} bytes, more than a record may have`;
    if (this.#isRecordName(name) || lsid !== null) this.#items.push({ type: 'invalid', reason, lsid });
  }

  end(text: string): void {
    if (this.#isError) this.#items.push({ type: 'error', text });
  }

  /** The element's name of presentations is not documented: whatever has an `lsid` is one. */
  #isRecord(element: Element): boolean {
    if (this.#isRecordName(element.name)) return true;
    return this.#kind !== 'sessions' && element.attribute('lsid') !== null;
  }

  #isRecordName(name: string): boolean {
    if (this.#kind === 'sessions') return name === 'session';
    return /^(presentation_session|presentation|session)$/.test(name);
  }

  #item(element: Element, raw: Uint8Array, defects: readonly string[]): ReportItem<K> {
    const lsid = attribute(element, 'lsid')?.trim();
    if (!lsid) return { type: 'invalid', reason: 'it has no lsid', lsid: null };
    const model = this.#kind === 'sessions' ? readSession(element, lsid) : readPresentation(element, lsid);
    const source = { element, raw, defects, rootTag: this.#rootTag };
    return { type: 'record', record: new ReportRecord(this.#kind as K, model as Models[K], source) };
  }
}

function namesSession(element: Element): boolean {
  return Object.keys(element.attributes).some((name) => name.toLowerCase() === 'lsid');
}

/** Taken for no record at all, it would be lost without a word. */
function unknownRecord({ name }: Element): UnexpectedReportError {
  return new UnexpectedReportError(
    `the list holds <${name}> with an lsid, which this version of ic does not know`,
  );
}

function kindOfRoot(root: string): RecordKind | null {
  if (roots.sessions.has(root)) return 'sessions';
  return roots.presentations.has(root) ? 'presentations' : null;
}

function renderDocument(rootTag: Uint8Array, raw: Uint8Array): Uint8Array {
  const name = /^<([^\s/>]+)/.exec(Buffer.from(rootTag).toString('latin1'))?.[1] ?? '';
  return Buffer.concat([
    Buffer.from('<?xml version="1.0" encoding="UTF-8"?>\n'),
    rootTag,
    Buffer.from('\n'),
    raw,
    Buffer.from(`\n</${name}>\n`, 'latin1'),
  ]);
}

/** What a stored document holds. */
export interface StoredRecord {
  readonly lsid: string;
  readonly contentHash: string;
  /** See `ReportRecord`. */
  hasContent(hash: string): boolean;
}

/** The first record of a stored document, for recognising what an archive already holds; null when it has none. */
export async function identifyDocument(
  bytes: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  kind: RecordKind,
): Promise<StoredRecord | null> {
  try {
    for await (const item of parseReport(bytes, kind)) {
      if (item.type !== 'record') continue;
      const { record } = item;
      return {
        lsid: record.record.lsid,
        contentHash: record.contentHash,
        hasContent: (hash) => record.hasContent(hash),
      };
    }
  } catch (error) {
    if (error instanceof ReportSyntaxError || error instanceof UnexpectedReportError) return null;
    throw error;
  }
  return null;
}
