import type { RecordingKind } from '../platform/kinds.ts';
import type { Logger } from '../platform/logger.ts';
import {
  classifyErrorText,
  jsonMessage,
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
  const { origin } = context;
  if (answer.status !== 200) {
    throw unexpectedStatus(answer.status, await readText(answer.body), answer.headers.location, origin);
  }
  const peeked = await peek(answer.body, headLength);
  const extension = mediaExtension(peeked.head) ?? (await otherExtension(peeked, answer, context));
  if (extension === 'gz' && isMarkup(plainBytes(peeked.head))) {
    throw inPlaceOfRecording(await plainText(peeked), origin);
  }
  refuseEncoded(answer, origin);
  return { extension, bytes: peeked.bytes };
}

async function otherExtension(
  peeked: Peeked,
  answer: HttpAnswer,
  context: RecordingContext,
): Promise<string> {
  const { head } = peeked;
  const shape = shapeOf(head);
  if (isTranscript(peeked, answer, context.kind)) return 'txt';
  const hint = shape === 'binary' && !isMarkup(plainBytes(head)) ? hintedExtension(answer) : null;
  if (hint === null) throw inPlaceOfRecording(await plainText(peeked), context.origin);
  context.logger.warn(`${context.origin.what} is of a type that is not known; it is kept as .${hint}`);
  return hint;
}

/** Shell recordings may be plain text. An error that is plain text claims to be a page, and has one line. */
function isTranscript({ head, isWhole }: Peeked, answer: HttpAnswer, kind: RecordingKind): boolean {
  if (kind !== 'command-shell-recordings') return false;
  const shape = shapeOf(head);
  if (shape === 'json') return !(isWhole && jsonMessage(head.toString()) !== null);
  if (shape !== 'text') return false;
  const text = head.toString().trim();
  const isPage = /html|xml|json/i.test(answer.headers['content-type'] ?? '');
  const isError = classifyErrorText(text, { emptyPattern: null }) !== 'other';
  return !(isWhole && isPage && isError && !text.includes('\n'));
}

/** For binary data of an unknown type: better kept under a guessed name than lost. Null when it claims to be text. */
function hintedExtension({ headers }: HttpAnswer): string | null {
  if (/^text\/|html|xml|json/i.test(headers['content-type'] ?? '')) return null;
  const [, named = 'bin'] =
    /filename\*?=[^;]*\.([a-z0-9]{1,5})["']?\s*(?:;|$)/i.exec(headers['content-disposition'] ?? '') ?? [];
  return /^(html?|xml|json|exe|com|bat|cmd|ps1|js)$/i.test(named) ? 'bin' : named.toLowerCase();
}

function isMarkup(head: Buffer): boolean {
  const shape = shapeOf(head);
  return shape === 'xml' || shape === 'html';
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
