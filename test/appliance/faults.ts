import { type Answer, html, json, measure, redirect, text, xml } from './answer.ts';
import { escapeText } from './xml.ts';

/**
 * What can go wrong with a request. `after` counts bytes of the body; below 1 it is a part of it (0.5: in the
 * middle), for which the body is made twice.
 */
export type Fault =
  /** 429, 500, 503, 401, 404 …; `retryAfter`: seconds or an HTTP date. */
  | {
      readonly type: 'status';
      readonly status: number;
      readonly retryAfter?: number | string;
      readonly body?: string;
    }
  /** The connection is reset before any header. */
  | { readonly type: 'reset' }
  /** … in the middle of the body. */
  | { readonly type: 'reset-body'; readonly after?: number }
  /** The body ends early, and cleanly. */
  | { readonly type: 'truncate'; readonly after?: number }
  /** Declares a length that is off by so many bytes (default: 100 too many). */
  | { readonly type: 'wrong-length'; readonly difference?: number }
  /** Neither a length nor chunks tell where the body ends: its connection does, as in HTTP/1.0. */
  | { readonly type: 'close-delimited' }
  | { readonly type: 'html'; readonly title?: string }
  | { readonly type: 'json'; readonly value?: unknown }
  /** An `<error>` document with status 200. */
  | { readonly type: 'error'; readonly text: string }
  | { readonly type: 'empty' }
  /** Any body with status 200, for instance XML that is not well-formed, or gzip where none was asked for. */
  | { readonly type: 'body'; readonly body: string | Uint8Array; readonly contentType?: string }
  /** Says nothing more until the client leaves or the appliance closes; without `after`, not even headers. */
  | { readonly type: 'stall'; readonly after?: number }
  /** So few bytes at a time (default 1 every 10 ms). */
  | { readonly type: 'drip'; readonly bytes?: number; readonly everyMs?: number }
  | { readonly type: 'delay'; readonly ms: number }
  /** Waits for `until` with so much of the body sent: the moment to do something while a download is under way. */
  | { readonly type: 'hold'; readonly after: number; readonly until: () => Promise<unknown> }
  /** A `Date` header of one's own; null: none. */
  | { readonly type: 'date'; readonly value: string | null }
  | { readonly type: 'header'; readonly name: string; readonly value: string }
  | { readonly type: 'content-type'; readonly value: string }
  /** Of the body as it is, which nothing packs. */
  | { readonly type: 'content-encoding'; readonly value: string }
  | { readonly type: 'redirect'; readonly to: string; readonly status?: number };

/** The answer with the faults in it, in their order; `route` is asked only if no fault answers in its place. */
export async function withFaults(faults: readonly Fault[], route: () => Promise<Answer>): Promise<Answer> {
  const [instead] = faults.flatMap((fault) => replacement(fault) ?? []);
  let answer = instead ?? (await route());
  for (const fault of faults) answer = altered(answer, fault);
  return answer;
}

/** The answer that a fault gives in place of the appliance's own. */
function replacement(fault: Fault): Answer | null {
  switch (fault.type) {
    case 'status':
      return statusAnswer(fault);
    case 'html':
      return html(fault.title ?? 'Sign in');
    case 'json':
      return json(fault.value ?? { message: 'Something else was expected here.' });
    case 'error':
      return xml(`<?xml version="1.0" encoding="UTF-8"?>\n\n<error >${escapeText(fault.text)}</error>\n`);
    case 'empty':
      return text('', 'text/xml; charset=UTF-8');
    case 'body':
      return text(fault.body, fault.contentType ?? 'text/xml; charset=UTF-8');
    case 'redirect':
      return redirect(fault.to, fault.status);
    case 'reset':
      return { ...empty(), transport: { instead: 'reset' } };
    case 'stall':
      return fault.after === undefined ? { ...empty(), transport: { instead: 'stall' } } : null;
    default:
      return null;
  }
}

function empty(): Answer {
  return text('', 'text/plain');
}

function statusAnswer(fault: Extract<Fault, { type: 'status' }>): Answer {
  const answer =
    fault.body === undefined
      ? html(`Error ${fault.status}`, fault.status)
      : text(fault.body, 'text/plain', fault.status);
  if (fault.retryAfter === undefined) return answer;
  return { ...answer, headers: { ...answer.headers, 'Retry-After': String(fault.retryAfter) } };
}

/** The appliance's own answer, spoilt on its way. */
function altered(answer: Answer, fault: Fault): Answer {
  const travelling = (transport: Answer['transport']): Answer => ({
    ...answer,
    transport: { ...answer.transport, ...transport },
  });
  switch (fault.type) {
    case 'reset-body':
      return travelling({ cut: { after: fault.after ?? 0.5, how: 'reset' } });
    case 'truncate':
      return travelling({ cut: { after: fault.after ?? 0.5, how: 'end' } });
    case 'stall':
      return fault.after === undefined ? answer : travelling({ cut: { after: fault.after, how: 'stall' } });
    case 'drip':
      return travelling({ drip: { bytes: fault.bytes ?? 1, everyMs: fault.everyMs ?? 10 } });
    case 'delay':
      return travelling({ delayMs: fault.ms });
    case 'hold':
      return travelling({ hold: { after: fault.after, until: fault.until } });
    case 'date':
      return travelling({ date: fault.value });
    case 'wrong-length':
      return { ...answer, length: Math.max(0, measure(answer) + (fault.difference ?? 100)) };
    case 'close-delimited':
      return { ...travelling({ delimitedBy: 'connection' }), length: null };
    case 'header':
      return { ...answer, headers: { ...answer.headers, [fault.name]: fault.value } };
    case 'content-type':
      return { ...answer, headers: { ...answer.headers, 'Content-Type': fault.value } };
    case 'content-encoding':
      return { ...answer, headers: { ...answer.headers, 'Content-Encoding': fault.value } };
    default:
      return answer;
  }
}
