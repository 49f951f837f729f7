import { type Answer, html, json, text } from './answer.ts';
import type { Core } from './core.ts';
import { errorReport } from './error-report.ts';
import type { LoggedRequest } from './request-log.ts';
import type { Permissions } from './settings.ts';

/** Null when the request may go on; else the answer that refuses it. */
export function refusal(core: Core, request: LoggedRequest, permission: keyof Permissions): Answer | null {
  if (!core.general.xmlApi) return notFound(core);
  if (request.bearer !== null) return refuseToken(core, request.bearer) ?? refusePermission(core, permission);
  if (request.parameters.username === undefined) return unauthorized();
  return isUser(core, request) ? null : refuseUser(core, request);
}

function refuseToken(core: Core, token: string): Answer | null {
  return core.account.enabled && core.tokens.isValid(token) ? null : unauthorized();
}

function unauthorized(): Answer {
  return json({ error: 'invalid_token', message: 'The access token is invalid or has expired.' }, 401);
}

function refusePermission(core: Core, permission: keyof Permissions): Answer | null {
  const granted = core.account.permissions[permission];
  return granted === false || granted === 'deny' ? notFound(core) : null;
}

function notFound(core: Core): Answer {
  if (core.general.denial === 'error') return errorReport(core, 'Document Not Found');
  return html('Document Not Found', core.general.denial === 'not-found' ? 404 : 200);
}

function isUser(core: Core, { parameters }: LoggedRequest): boolean {
  return core.users.some(
    (user) => user.username === parameters.username && user.password === parameters.password,
  );
}

function refuseUser(core: Core, request: LoggedRequest): Answer {
  return request.api === 'backup'
    ? text('Invalid credentials', 'text/html')
    : errorReport(core, 'Login failed');
}
