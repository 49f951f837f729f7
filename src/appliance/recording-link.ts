import { notUnderstood, refused } from './answers.ts';
import type { Call } from './call.ts';
import { downloadPatience } from './download.ts';
import type { HttpAnswer } from './http.ts';
import type { SiteClient } from './site-client.ts';

const mostRedirects = 3;

/**
 * Follows the link that a report gives for a recording. The token goes along to the configured host alone, and never
 * across a redirect; a password never goes along. The link is a secret and appears in no message.
 */
export async function askByLink(
  client: SiteClient,
  link: string,
  call: Pick<Call, 'what' | 'headers' | 'once'>,
  signal: AbortSignal,
): Promise<HttpAnswer> {
  let url = toUrl(client, link, client.origin, call.what);
  for (let redirects = 0; ; redirects += 1) {
    const make = redirects === 0 && mayHaveToken(client, url) ? client.call : client.callUnsigned;
    const answer = await make({ ...call, url, patience: downloadPatience }, signal);
    const { location } = answer.headers;
    if (answer.status < 300 || answer.status >= 400 || location === undefined) return answer;
    answer.body.discard();
    if (redirects === mostRedirects) throw notUnderstood('too many redirects', client.about(call.what));
    url = toUrl(client, location, url, call.what);
    if (isSignIn(url)) throw refused('the link leads to a sign-in page', client.about(call.what));
  }
}

/** Plain HTTP only where the site itself is reached by it. */
function toUrl(client: SiteClient, link: string, base: URL, what: string): URL {
  const url = URL.canParse(link, base) ? new URL(link, base) : null;
  if (url?.protocol === 'https:' || url?.origin === client.origin.origin) return url;
  throw notUnderstood('a link that is no HTTPS URL', client.about(what));
}

function mayHaveToken(client: SiteClient, url: URL): boolean {
  return client.site.credentials.type === 'api-account' && url.origin === client.origin.origin;
}

function isSignIn({ pathname }: URL): boolean {
  return /(^|\/)(log-?in|sign-?in|saml|sso|oauth2?)(\/|\.|$)/i.test(pathname);
}
