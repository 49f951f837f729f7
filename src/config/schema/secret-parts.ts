import type { SecretSpec } from './key.ts';

/** The value is the secret. */
export const whole: SecretSpec = { parts: (text) => [text], hidden: true };

/** An address that whoever knows it can use: a webhook's, a ping's. */
export const address: SecretSpec = {
  parts: (text) => {
    const path = /^https?:\/\/[^/?#]*(.*)$/is.exec(text)?.[1] ?? '';
    return path.length > 1 ? [text, path, ...userInfo(text)] : userInfo(text);
  },
  hidden: true,
};

/** A URL that may hold a password. */
export const credentialsInUrl: SecretSpec = { parts: userInfo, hidden: false };

/** The password between `user:` and `@`, as written and decoded. */
function userInfo(text: string): readonly string[] {
  const password = /^(?:[a-z]+:\/\/)?[^/?#:@]*:([^/?#]+)@/i.exec(text)?.[1];
  return password === undefined ? [] : [...new Set([password, decoded(password)])];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

const passwordPair =
  /(?:^|;)\s*(?:password|pwd|access ?token|client ?secret)\s*=\s*("(?:[^"]|"")*"|'(?:[^']|'')*'|\{[^}]*\}|[^;]*)/gi;

/** The password in a connection string of SQL Server, as written and without its quotes. */
export const connectionPassword: SecretSpec = {
  parts: (text) => {
    const written = Array.from(text.matchAll(passwordPair), ([, value = '']) => value.trim());
    return [...new Set(written.flatMap((value) => [value, unquoted(value)]))].filter((value) => value !== '');
  },
  hidden: true,
};

function unquoted(value: string): string {
  const [, quote, inner] = /^(["'])(.*)\1$/s.exec(value) ?? [];
  if (quote !== undefined && inner !== undefined) return inner.replaceAll(quote + quote, quote);
  return /^\{.*\}$/s.test(value) ? value.slice(1, -1) : value;
}
