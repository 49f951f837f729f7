import type { RecordingKind } from '../platform/kinds.ts';
import type { Logger } from '../platform/logger.ts';
import {
  classifyErrorText,
  type Origin,
  refused,
  shapeOf,
  shorten,
  unexpectedBody,
  unexpectedStatus,
} from './answers.ts';
import { refuseEncoded } from './content-encoding.ts';
import type { AcceptedFile } from './download.ts';
import { type Format, formatOf, transcript, unknownFormat } from './formats/formats.ts';
import { type HttpAnswer, readBytes, readText } from './http.ts';
import { mostBlanks, type Peeked, peek } from './peek.ts';
import { plainBytes } from './plain-bytes.ts';
import { RecordingExpired, RecordingNotReady } from './recording-errors.ts';
import { isTranscript } from './transcript.ts';
import { errorTextOf, readXml } from './xml-document.ts';

const headLength = 4096;
const mostOfAnError = 65_536;

export interface RecordingContext {
  readonly kind: RecordingKind;
  readonly origin: Origin;
  readonly logger: Logger;
}

/**
 * Tells a recording from what may come in its place with status 200, by its first bytes alone. Throws
 * `RecordingExpired`, `RecordingNotReady` or `IcError`.
 */
export async function acceptRecording(answer: HttpAnswer, context: RecordingContext): Promise<AcceptedFile> {
  const { kind, origin, logger } = context;
  if (answer.status !== 200) {
    throw unexpectedStatus(answer.status, await readText(answer.body), answer.headers.location, origin);
  }
  const peeked = await peek(answer.body, headLength);
  const known = formatOf(peeked.head);
  const format = known === null || isPacked(known) ? byContent(peeked, known, answer, kind) : known;
  if (format === null) throw inPlaceOfRecording(await plainText(peeked), origin);
  refuseEncoded(answer, origin);
  if (known === null && format !== transcript) {
    logger.warn(`${origin.what} is of a type that is not known; it is kept as .${format.extension}`);
  }
  return { format, bytes: peeked.bytes };
}

function isPacked({ extension }: Format): boolean {
  return extension === 'gz';
}

/** For what is no media by its first bytes, or packed: by what it says. Null when that is no recording. */
function byContent(
  { head, isWhole }: Peeked,
  packed: Format | null,
  answer: HttpAnswer,
  kind: RecordingKind,
): Format | null {
  const plain = plainBytes(head);
  const type = answer.headers['content-type'] ?? '';
  if (kind === 'command-shell-recordings' && isTranscript({ head: plain, isWhole }, type)) {
    return packed ?? transcript;
  }
  if (packed !== null) return isBinary(plain, isWhole) ? packed : null;
  return shapeOf(plain) === 'binary' ? hintedFormat(answer) : null;
}

/** What is packed may have a head of its own that is longer than what has come of it. */
function isBinary(unpacked: Buffer, isWhole: boolean): boolean {
  const shape = shapeOf(unpacked);
  return shape === 'binary' || (shape === 'empty' && unpacked.length < mostBlanks && !isWhole);
}

/** For binary data of an unknown type: better kept under a guessed name than lost. Null when it claims to be text. */
function hintedFormat({ headers }: HttpAnswer): Format | null {
  if (/^text\/|html|xml|json/i.test(headers['content-type'] ?? '')) return null;
  const [, named = null] =
    /filename\*?=[^;]*\.([a-z0-9]{1,5})["']?\s*(?:;|$)/i.exec(headers['content-disposition'] ?? '') ?? [];
  return unknownFormat(named);
}

async function plainText({ bytes }: Peeked): Promise<string> {
  return plainBytes(await readBytes(bytes, mostOfAnError)).toString();
}

/** What a text means that stands in place of a recording. */
function inPlaceOfRecording(text: string, origin: Origin): Error {
  const document = shapeOf(Buffer.from(text)) === 'xml' ? readXml(text) : null;
  const error = document === null ? null : errorTextOf(document);
  if (error === null) return unexpectedBody(text, origin);
  const said = shorten(error, origin.secrets) || 'the appliance gives no reason';
  switch (classifyErrorText(error, { emptyPattern: null })) {
    case 'expired':
      return new RecordingExpired(said);
    case 'refused':
      return refused(error, origin);
    default:
      return new RecordingNotReady(said);
  }
}
