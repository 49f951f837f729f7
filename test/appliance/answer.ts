import { encode } from './xml.ts';

/** What a route answers; nothing has been sent yet, and nothing of the body was made. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: () => Iterable<Buffer>;
  /** The declared `Content-Length`; null: chunked, as the appliance does it. */
  readonly length: number | null;
  readonly transport: Transport;
}

/** How the answer travels, when it does not simply travel. Offsets are bytes of the body; below 1: a part of it. */
export interface Transport {
  /** Waits so long before the headers. */
  readonly delayMs?: number;
  /** Sends no answer at all. */
  readonly instead?: 'reset' | 'stall';
  readonly cut?: { readonly after: number; readonly how: 'reset' | 'end' | 'stall' };
  readonly hold?: { readonly after: number; readonly until: () => Promise<unknown> };
  /** `connection`: neither length nor chunks, as of HTTP/1.0; it ends with the connection. */
  readonly delimitedBy?: 'connection';
  readonly drip?: { readonly bytes: number; readonly everyMs: number };
  /** The `Date` header; null: none; left out: the appliance's clock. */
  readonly date?: string | null;
}

export function xml(document: string, status = 200): Answer {
  return xmlStream(() => [encode(document)], status);
}

export function xmlStream(body: () => Iterable<Buffer>, status = 200): Answer {
  return {
    status,
    headers: { 'Content-Type': 'text/xml; charset=UTF-8' },
    body,
    length: null,
    transport: {},
  };
}

export function json(value: unknown, status = 200): Answer {
  return text(JSON.stringify(value), 'application/json', status);
}

export function html(title: string, status = 200): Answer {
  const page = `<!DOCTYPE html>\n<html><head><title>${title}</title></head><body><h1>${title}</h1></body></html>\n`;
  return text(page, 'text/html; charset=UTF-8', status);
}

export function text(content: string | Uint8Array, contentType: string, status = 200): Answer {
  return {
    status,
    headers: { 'Content-Type': contentType },
    body: () => [Buffer.from(content)],
    length: null,
    transport: {},
  };
}

export function redirect(location: string, status = 302): Answer {
  const answer = html('Moved', status);
  return { ...answer, headers: { ...answer.headers, Location: location } };
}

/** How many bytes the body has: it is made once for that, and thrown away. */
export function measure(answer: Answer): number {
  let bytes = 0;
  for (const chunk of answer.body()) bytes += chunk.length;
  return bytes;
}
