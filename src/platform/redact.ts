const shortestSecret = 4;

/**
 * The text without secrets: each known one, plain and as it stands in a URL or form, and what is secret by its place:
 * bearer tokens, user names and passwords in URLs, the queries of links, which are often signatures.
 */
export function redact(text: string, secrets: Iterable<string> = []): string {
  let clean = text;
  for (const secret of longestFirst(secrets)) clean = clean.replaceAll(secret, '***');
  return clean
    .replace(/\b(Bearer|Basic)\s+[\w.~+/-]{4,}=*/gi, '$1 ***')
    .replace(/\b([a-z][a-z\d+.-]*:\/\/)[^\s/@"'<>]+@/gi, '$1***@')
    .replace(/\b(https?:\/\/[^\s?#"'<>]+)[?#][^\s"'<>]*/gi, '$1?***');
}

/** A secret may hold another one. Short ones are left alone: `a` would tear every message to pieces. */
function longestFirst(secrets: Iterable<string>): readonly string[] {
  const forms = [...secrets]
    .filter((secret) => secret.length >= shortestSecret)
    .flatMap((secret) => [
      secret,
      encodeURIComponent(secret),
      new URLSearchParams([['', secret]]).toString().slice(1),
    ]);
  return [...new Set(forms)].sort((left, right) => right.length - left.length);
}
