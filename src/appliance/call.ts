import type { HttpAnswer, HttpRequest } from './http.ts';

/** A request to a site, before it is signed. */
export interface Call extends Pick<HttpRequest, 'what' | 'url' | 'patience' | 'anyStatus' | 'once'> {
  /** Sent with POST; left out, and without `json`: GET. */
  readonly form?: URLSearchParams;
  readonly json?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Makes a call, whatever it takes, and resolves with an answer of any status but 429 and 5xx. */
export type MakeCall = (call: Call, signal: AbortSignal) => Promise<HttpAnswer>;

/** Texts of the appliance are localised; those in English are known. */
const commonHeaders = { 'accept-language': 'en', accept: '*/*', 'user-agent': 'ic' };

export function toRequest(call: Call, more: Readonly<Record<string, string>> = {}): HttpRequest {
  const { what, url, patience, anyStatus, once, form, json } = call;
  const [type, body] = encodeBody(form, json);
  return {
    what,
    url,
    method: body === null ? 'GET' : 'POST',
    headers: { ...commonHeaders, ...(type && { 'content-type': type }), ...call.headers, ...more },
    body,
    ...(patience !== undefined && { patience }),
    ...(anyStatus !== undefined && { anyStatus }),
    ...(once !== undefined && { once }),
  };
}

function encodeBody(
  form: URLSearchParams | undefined,
  json: unknown,
): readonly [string | null, string | null] {
  if (json !== undefined) return ['application/json', JSON.stringify(json)];
  return form === undefined ? [null, null] : ['application/x-www-form-urlencoded', form.toString()];
}
