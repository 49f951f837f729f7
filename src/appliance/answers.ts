import { IcError } from '../platform/errors.ts';
import { redact } from '../platform/redact.ts';
import type { ErrorMeaning } from './appliance.ts';

/** So many characters of an answer's text are looked at; what the appliance says is a sentence or two. */
const longestText = 4096;

const emptyTexts: readonly RegExp[] = [
  /matching your chosen criteria is available/i,
  /correspondant à vos critères n['’ʼ]est disponible/i,
  /no archives found for the given search criteria/i,
];

const expiredTexts: readonly RegExp[] = [/recording has expired/i, /can no longer be viewed or downloaded/i];

const signInText =
  /log-?in failed|sign-?in failed|authentication failed|invalid (credentials|user ?name|password|token)/i;

const refusedTexts: readonly RegExp[] = [
  /document not found/i,
  signInText,
  /(token|session|password|account) (is invalid|has expired|is disabled|is locked)/i,
  /not (authori[sz]ed|permitted|allowed)|unauthori[sz]ed|access (is )?denied|permission/i,
];

/** Says plainly that the recording will come, so that nothing else need be tried. */
const notReadyTexts =
  /not (yet )?(ready|finished|complete)|(is|are) (still )?(being|currently)|in progress|try again|later/i;

/** What the text of an `<error>` means; an empty result in words that only this site uses is told by its pattern. */
export function classifyErrorText(
  text: string,
  { emptyPattern }: { readonly emptyPattern: RegExp | null },
): ErrorMeaning {
  const plain = normal(text);
  const matches = (patterns: readonly RegExp[]): boolean => patterns.some((pattern) => pattern.test(plain));
  if (matches(expiredTexts)) return 'expired';
  if (matches(emptyTexts)) return 'empty';
  if (matches(refusedTexts)) return 'refused';
  // `search` pays no heed to a pattern's flags g and y, which would make the second answer another one.
  return emptyPattern !== null && plain.search(emptyPattern) >= 0 ? 'empty' : 'other';
}

/** Whether a text is nothing but one that the appliance is known to say; others may well contain its words. */
export function isKnownText(text: string): boolean {
  if (text.length > longestText || /[\r\n]/.test(text.trim())) return false;
  const meaning = classifyErrorText(text, { emptyPattern: null });
  if (meaning !== 'refused') return meaning !== 'other';
  const plain = withoutStops(normal(text));
  return refusedTexts.some((pattern) => pattern.exec(plain)?.[0] === plain);
}

function normal(text: string): string {
  return text.slice(0, longestText).normalize('NFC').replaceAll(/\s+/g, ' ').trim();
}

/** Without the full stops and exclamation marks at its end. A pattern would try each of a row of them in the middle. */
function withoutStops(text: string): string {
  let end = text.length;
  while (text[end - 1] === '.' || text[end - 1] === '!') end -= 1;
  return text.slice(0, end);
}

export function saysNotReady(text: string): boolean {
  return notReadyTexts.test(text);
}

export type BodyShape = 'empty' | 'xml' | 'html' | 'json' | 'text' | 'binary';

const bodyNames: Readonly<Record<BodyShape, string>> = {
  empty: 'white space',
  xml: 'XML of another kind',
  html: 'an HTML page',
  json: 'JSON',
  text: 'a text',
  binary: 'binary data',
};

/** Where the title of a page stands, if it has one. */
const mostOfAPage = 65_536;

/** What a body is by its first bytes; a few hundred are enough. */
export function shapeOf(head: Uint8Array): BodyShape {
  const text = Buffer.from(head.buffer, head.byteOffset, Math.min(head.byteLength, 4096)).toString('latin1');
  const start = text.replace(/^(\xef\xbb\xbf)?\s*/, '');
  if (start === '') return 'empty';
  // Looked at first: reports hold control characters now and then, although XML forbids them.
  if (start.startsWith('<')) return isHtml(start) ? 'html' : 'xml';
  if (isBinary(text)) return 'binary';
  return /^[{[]/.test(start) ? 'json' : 'text';
}

/** Control characters that terminals and editors use are part of a shell's transcript. */
function isBinary(text: string): boolean {
  return /[\x00-\x06\x0e-\x1a\x1c-\x1f]/.test(text);
}

function isHtml(start: string): boolean {
  const content = start.replace(/^(?:<\?[^>]*>\s*|<!--.*?-->\s*)+/s, '');
  return /^<(!doctype\s+html|html|head|body|title|meta|script|center|h1)\b/i.test(content);
}

/** What a page, a JSON object or a text says, in one line fit for a message. */
export function summarise(body: string, secrets: Iterable<string>): string {
  const known = [...secrets];
  // Before tags go, as what is in a secret may look like one; and after it, for what a message of JSON escapes twice.
  const clean = redact(body, known);
  const said = jsonMessage(clean) ?? pageTitle(clean) ?? clean.replaceAll(/<[^<>]*>/g, ' ');
  return shorten(said, known);
}

/** On one line, without secrets and links, at most 200 characters. */
export function shorten(text: string, secrets: Iterable<string>): string {
  return onOneLine(redact(text, secrets).replaceAll(/https?:\/\/\S+/g, '[link]'));
}

/** At most 200 characters. */
function onOneLine(text: string): string {
  const line = text.replaceAll(/[\s\x00-\x1f\x7f]+/g, ' ').trim();
  return line.length > 200 ? `${line.slice(0, 199)}…` : line;
}

function pageTitle(body: string): string | null {
  const [, title = ''] = /<title[^<>]*>([^<]*)/i.exec(body) ?? /<h1[^<>]*>([^<]*)/i.exec(body) ?? [];
  return title.trim() === '' ? null : title;
}

/** The text of `{"error": …, "message": …}`; null for anything else. */
export function jsonMessage(body: string): string | null {
  if (!body.trimStart().startsWith('{')) return null;
  try {
    const { error, message, error_description: description } = JSON.parse(body) as Record<string, unknown>;
    const texts = [error, description ?? message].filter((text) => typeof text === 'string');
    return texts.length > 0 ? texts.join(': ') : null;
  } catch {
    return null;
  }
}

/** Where an answer came from, for the messages about it. */
export interface Origin {
  readonly host: string;
  readonly what: string;
  readonly secrets: readonly string[];
}

const notFoundText = /document not found/i;

/** A refusal that may mean one thing alone, which is gone, or that the account has no right to any. */
export function saysNotFound(error: unknown): boolean {
  return error instanceof IcError && error.code === 'refused' && notFoundText.test(error.message);
}

/** A refusal of the account itself, whatever was asked for. */
export function saysNoSignIn(error: IcError): boolean {
  return (
    error.code === 'refused' && (signInText.test(error.message) || error.message.includes('(status 401)'))
  );
}

/** An account that one way of asking is closed to; another way may be open. */
export function saysDenied(error: unknown): boolean {
  return error instanceof IcError && error.code === 'refused' && error.message.includes('(status 403)');
}

/** A text in which the appliance refuses; also in place of what was asked for, with status 200. */
export function refused(text: string, { host, what, secrets }: Origin): IcError {
  const said = shorten(text, secrets);
  const hint = notFoundText.test(text)
    ? "Check the permissions of the site's account, and that Enable XML API is on in Management › API Configuration."
    : 'Check the credentials of the site, and that its account is enabled and has the permissions it needs.';
  return new IcError('refused', `${host} refused ${what}: "${said}"`, { hint });
}

export function notUnderstood(problem: string, { host, what }: Origin, cause?: unknown): IcError {
  return new IcError('not-understood', `${host} answered ${what} with ${problem}.`, {
    hint: 'Check host and paths of the site, and what stands between here and the appliance.',
    cause,
  });
}

/** An `<error>` that is neither an empty result nor anything else that is expected. */
export function answeredWithError(text: string, origin: Origin): IcError {
  if (classifyErrorText(text, { emptyPattern: null }) === 'refused') return refused(text, origin);
  return notUnderstood(`an error: "${shorten(text, origin.secrets)}"`, origin);
}

/** A body that is not what was asked for, with its text. */
export function unexpectedBody(body: string, origin: Origin): IcError {
  const said = summarise(body, origin.secrets);
  if (classifyErrorText(said, { emptyPattern: null }) === 'refused') return refused(said, origin);
  const shape = shapeOf(Buffer.from(body));
  const quote = shape === 'empty' || shape === 'binary' ? '' : `: "${said}"`;
  return notUnderstood(body === '' ? 'nothing' : `${bodyNames[shape]}${quote}`, origin);
}

/** A status other than 200. */
export function unexpectedStatus(
  status: number,
  body: string,
  location: string | undefined,
  origin: Origin,
): IcError {
  if (status === 401) return refused('the credentials are not accepted (status 401)', origin);
  if (status === 403) return refused('access denied (status 403)', origin);
  if (status === 404) return refused('Document Not Found (status 404)', origin);
  if (status >= 300 && status < 400) {
    return notUnderstood(
      `a redirect to ${describeRedirect(location, origin)}, which is not followed`,
      origin,
    );
  }
  const said = status < 400 ? null : whatFailed(body, origin.secrets);
  const described = `status ${status} and ${describeBody(body)}`;
  return notUnderstood(said === null ? described : `${described}: "${said}"`, origin);
}

/**
 * What a page or a JSON object names as its subject or its error. Anything else stays unquoted: with a status that nobody
 * expects, the body may be a report.
 */
function whatFailed(body: string, secrets: readonly string[]): string | null {
  const clean = redact(body.slice(0, mostOfAPage), secrets);
  const said = jsonMessage(clean) ?? (shapeOf(Buffer.from(body)) === 'html' ? pageTitle(clean) : null);
  return said === null ? null : shorten(said, secrets);
}

/** `an HTML page of 512 bytes`. */
export function describeBody(body: string): string {
  const bytes = Buffer.byteLength(body);
  const shape = bodyNames[shapeOf(Buffer.from(body))];
  return bytes === 0 ? 'nothing' : `${shape} of ${bytes} bytes`;
}

/** Where a redirect leads to, without what may be secret in it. */
function describeRedirect(location: string | undefined, { secrets }: Origin): string {
  return onOneLine(redact(location ?? '', secrets).replace(/[?#].*$/s, '')) || 'another place';
}
