import type { IncomingMessage } from 'node:http';
import type { Api, LoggedRequest } from './request-log.ts';
import type { Paths } from './settings.ts';

/** What a request says, with its body read; `finish` is called when its answer has ended. */
export interface ReadRequest {
  readonly request: LoggedRequest;
  readonly finish: () => void;
}

/** The longest request body that is read. */
const mostBytes = 1_048_576;

/** Reads a request whole. */
export async function readRequest(
  message: IncomingMessage,
  about: { readonly number: number; readonly at: number; readonly connection: number; readonly paths: Paths },
): Promise<ReadRequest> {
  const body = await readBody(message);
  const target = message.url ?? '/';
  const url = new URL(target, 'http://appliance.invalid');
  const parameters = readParameters(url, message, body);
  const finished = Promise.withResolvers<void>();
  const api = apiOf(url.pathname, about.paths);
  const request: LoggedRequest = {
    number: about.number,
    at: about.at,
    method: message.method ?? '',
    api,
    path: url.pathname,
    target,
    parameters,
    report: api === 'reporting' ? (parameters.generate_report ?? null) : null,
    lsids: readLsids(parameters),
    headers: message.headers,
    host: message.headers.host ?? '',
    bearer: /^Bearer (.+)$/.exec(message.headers.authorization ?? '')?.[1] ?? null,
    body,
    connection: about.connection,
    status: null,
    bytes: 0,
    ending: null,
    finished: finished.promise,
  };
  return { request, finish: finished.resolve };
}

async function readBody(message: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= mostBytes) chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

/** Forms are read, multipart is not: the appliance does not support it. */
function readParameters(url: URL, message: IncomingMessage, body: string): Readonly<Record<string, string>> {
  const isForm = message.headers['content-type']?.startsWith('application/x-www-form-urlencoded') ?? false;
  return {
    ...Object.fromEntries(url.searchParams),
    ...(isForm ? Object.fromEntries(new URLSearchParams(body)) : {}),
  };
}

function readLsids({ lsid, lsids }: Readonly<Record<string, string>>): readonly string[] {
  const single = /^l=(.+?);h=/.exec(lsid ?? '')?.[1] ?? lsid;
  return [...(single ? [single] : []), ...(lsids?.split(',') ?? [])];
}

function apiOf(path: string, paths: Paths): Api {
  const found = Object.entries(paths).find(([, candidate]) => candidate === path);
  return (found?.[0] as Api | undefined) ?? 'other';
}
