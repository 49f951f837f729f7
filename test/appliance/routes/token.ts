import { type Answer, json } from '../answer.ts';
import type { Core } from '../core.ts';
import type { LoggedRequest } from '../request-log.ts';

/** `POST /oauth2/token`: client credentials by HTTP Basic, the grant type as form field. */
export function answerToken(core: Core, request: LoggedRequest): Answer {
  if (request.method !== 'POST') return json({ error: 'invalid_request', message: 'Use POST.' }, 405);
  if (!isAccount(core, request)) {
    return json({ error: 'invalid_client', message: 'Client authentication failed.' }, 401);
  }
  if (request.parameters.grant_type !== 'client_credentials') {
    return json({ error: 'unsupported_grant_type', message: 'Check the grant_type parameter.' }, 400);
  }
  return json({ access_token: core.tokens.issue(), token_type: 'Bearer', expires_in: core.tokens.expiresIn });
}

/** The raw pair: neither half is URL-encoded before it goes into base64. */
function isAccount({ account }: Core, { headers }: LoggedRequest): boolean {
  const given = /^Basic (.+)$/i.exec(headers.authorization ?? '')?.[1] ?? '';
  const wanted = `${account.clientId}:${account.clientSecret}`;
  return account.enabled && Buffer.from(given, 'base64').toString() === wanted;
}
