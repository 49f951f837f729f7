import { IcError } from './errors.ts';
import { base64Pattern, base64Word, escapedPattern, type SecretPattern } from './secret-patterns.ts';

const shortestSecret = 4;

/** 36 bits: fewer might stand in a text by chance, and are only of secrets of four bytes. */
const shortestBase64 = 6;

/**
 * The text without secrets: each known one, plain, escaped as servers escape what they echo, and within base64, as a
 * sign-in with name and password has it; and what is secret by its place: bearer tokens, user names and passwords in
 * URLs, the queries of links, which are often signatures.
 */
export function redact(text: string, secrets: Iterable<string> = []): string {
  const known = [...new Set([...secrets, ...learned])]
    .filter((secret) => secret.length >= shortestSecret)
    .map(knownSecret);
  let clean = text;
  for (const { withinBase64 } of known) for (const part of withinBase64) clean = withoutBase64(clean, part);
  const present = known.filter(({ escaped }) => clean.includes(escaped.core));
  for (const { escaped } of present.sort(longestFirst)) clean = clean.replaceAll(escaped.pattern, '***');
  return clean
    .replace(/\b(Bearer|Basic)\s+[\w.~+/-]{4,}=*/gi, '$1 ***')
    .replace(/[^\s"'<>]+/g, withoutSecretsOfLinks);
}

/**
 * Of a word that is or holds URLs. Each part is looked at once: texts come from whoever answers, and a pattern that tries
 * again at each character would take minutes for some of them.
 */
function withoutSecretsOfLinks(word: string): string {
  if (!word.includes('://')) return word;
  const [first = '', ...rest] = word.split('://');
  const shown = [first, ...rest.map(withoutCredentials)].join('://');
  const link = shown.search(/https?:\/\//i);
  const query = link < 0 ? -1 : shown.slice(link).search(/[?#]/);
  return query < 0 ? shown : `${shown.slice(0, link + query)}?***`;
}

/** What follows `://`: `user:password@host/path`. */
function withoutCredentials(text: string): string {
  const slash = text.indexOf('/');
  const authority = slash < 0 ? text : text.slice(0, slash);
  const at = authority.lastIndexOf('@');
  return at <= 0 ? text : `***${text.slice(at)}`;
}

/** Secrets that the process was given while it ran, such as tokens: the newest, for each is short-lived. */
const learned: string[] = [];
const mostLearned = 100;

/** From here on, `redact` takes the secret out of every text, whoever asks. */
export function learnSecret(secret: string): void {
  if (learned.includes(secret)) return;
  learned.push(secret);
  if (learned.length > mostLearned) learned.shift();
}

/** The error with a message and a hint that may be kept, printed and sent. */
export function withoutSecrets(error: IcError, secrets: Iterable<string>): IcError {
  const known = [...secrets];
  const message = redact(error.message, known);
  const hint = error.hint === null ? null : redact(error.hint, known);
  if (message === error.message && hint === error.hint) return error;
  return new IcError(error.code, message, { ...(hint === null ? {} : { hint }), cause: error });
}

/** How a name and its secret travel when somebody signs in, and as which a server may echo them. */
export function basicCredentials(name: string, secret: string): string {
  return Buffer.from(`${name}:${secret}`).toString('base64');
}

interface KnownSecret {
  readonly length: number;
  readonly escaped: SecretPattern;
  readonly withinBase64: readonly SecretPattern[];
}

/** Every line of the log is looked through, so patterns are made once for a secret: a process knows few. */
const knownSecrets = new Map<string, KnownSecret>();

function knownSecret(secret: string): KnownSecret {
  const present = knownSecrets.get(secret);
  if (present !== undefined) return present;
  const known = {
    length: secret.length,
    escaped: escapedPattern(secret),
    withinBase64: withinBase64(secret).map(base64Pattern),
  };
  knownSecrets.set(secret, known);
  return known;
}

/** A secret may hold another one. Short ones are left alone: `a` would tear every message to pieces. */
function longestFirst(left: KnownSecret, right: KnownSecret): number {
  return right.length - left.length;
}

/** What stays the same in base64 whatever stands before and after the secret: three texts, for it may begin anywhere. */
function withinBase64(secret: string): readonly string[] {
  const bytes = Buffer.from(secret);
  return [0, 1, 2]
    .map((before) => {
      const base64 = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64url');
      // Characters that hold bits of a neighbour, too.
      return base64.slice(before === 0 ? 0 : before + 1, Math.floor(((before + bytes.length) * 8) / 6));
    })
    .filter((part) => part.length >= shortestBase64);
}

/** The whole word goes: its ends hold the rest of the secret. */
function withoutBase64(text: string, { core, pattern }: SecretPattern): string {
  if (!text.includes(core) || text.search(pattern) === -1) return text;
  return text.replaceAll(base64Word, (word) => (word.search(pattern) === -1 ? word : '***'));
}
