import { deliverOverHttp, type HttpContext } from './http.ts';
import type { Receiver } from './network-failure.ts';

/** What a monitor in the manner of healthchecks.io is told. */
export type Ping =
  | { readonly type: 'start' }
  | { readonly type: 'success' }
  | { readonly type: 'fail'; readonly log: string };

/** As much of the log as goes along, in bytes; monitors cut off what is more. */
const longestLog = 10_000;

/** Throws an `IcError`, or the signal's reason. */
export async function sendPing(
  url: string,
  ping: Ping,
  context: HttpContext,
  signal: AbortSignal,
): Promise<void> {
  const message =
    ping.type === 'fail'
      ? {
          method: 'POST' as const,
          url: pingUrl(url, 'fail'),
          body: { type: 'text/plain; charset=utf-8', text: endOf(ping.log) },
        }
      : { method: 'GET' as const, url: pingUrl(url, ping.type === 'start' ? 'start' : null), body: null };
  await deliverOverHttp(message, pingReceiver(url), context, signal);
}

export function pingReceiver(url: string): Receiver {
  return {
    name: `the monitor at ${new URL(url).host}`,
    keys: 'url of [notify.ping]',
    trust: "Add the authority's certificate to this machine's store.",
  };
}

/** The segment goes behind the path, in front of a query. */
export function pingUrl(base: string, segment: string | null): URL {
  const url = new URL(base);
  if (segment !== null) url.pathname = `${url.pathname.replace(/\/+$/, '')}/${segment}`;
  return url;
}

/** The last lines that fit, or the end of the last one. */
export function endOf(log: string): string {
  const bytes = Buffer.from(log);
  if (bytes.length <= longestLog) return log;
  const end = bytes.subarray(-longestLog);
  const lineEnd = end.indexOf(10);
  const whole = lineEnd >= 0 && lineEnd < end.length - 1;
  // Inside of a line, what may be the rest of a character goes.
  return whole ? end.subarray(lineEnd + 1).toString() : end.toString().replace(/^\ufffd+/, '');
}
