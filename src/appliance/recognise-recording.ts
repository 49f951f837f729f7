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
import { type HttpAnswer, readBytes, readText } from './http.ts';
import { mediaExtension } from './media-type.ts';
import { type Peeked, peek } from './peek.ts';
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
  const known = mediaExtension(peeked.head);
  const extension = known === null || known === 'gz' ? byContent(peeked, known, answer, kind) : known;
  if (extension === null) throw inPlaceOfRecording(await plainText(peeked), origin);
  refuseEncoded(answer, origin);
  if (known === null && extension !== 'txt') {
    logger.warn(`${origin.what} is of a type that is not known; it is kept as .${extension}`);
  }
  return { extension, bytes: peeked.bytes };
}

/** For what is no media by its first bytes, or packed: by what it says. Null when that is no recording. */
function byContent(
  { head, isWhole }: Peeked,
  known: 'gz' | null,
  answer: HttpAnswer,
  kind: RecordingKind,
): string | null {
  const plain = plainBytes(head);
  const type = answer.headers['content-type'] ?? '';
  if (kind === 'command-shell-recordings' && isTranscript({ head: plain, isWhole }, type)) {
    return known ?? 'txt';
  }
  if (known !== null) return isBinary(plain, isWhole) ? known : null;
  return shapeOf(plain) === 'binary' ? hintedExtension(answer) : null;
}

/** What is packed may have a head of its own that is longer than what has come of it. */
function isBinary(unpacked: Buffer, isWhole: boolean): boolean {
  const shape = shapeOf(unpacked);
  return shape === 'binary' || (shape === 'empty' && !isWhole);
}

/** For binary data of an unknown type: better kept under a guessed name than lost. Null when it claims to be text. */
function hintedExtension({ headers }: HttpAnswer): string | null {
  if (/^text\/|html|xml|json/i.test(headers['content-type'] ?? '')) return null;
  const [, named = 'bin'] =
    /filename\*?=[^;]*\.([a-z0-9]{1,5})["']?\s*(?:;|$)/i.exec(headers['content-disposition'] ?? '') ?? [];
  return /^(html?|xml|json|exe|com|bat|cmd|ps1|js)$/i.test(named) ? 'bin' : named.toLowerCase();
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
