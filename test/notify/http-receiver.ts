import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import type { TestContext } from 'node:test';
import { listen } from '../appliance/server.ts';

export interface ReceivedRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface HttpReceiver {
  readonly url: string;
  /** `127.0.0.1:PORT` */
  readonly host: string;
  readonly requests: readonly ReceivedRequest[];
  /** Method and path of each request, in their order. */
  readonly lines: readonly string[];
  close(): Promise<void>;
}

type Answer = (request: ReceivedRequest, response: ServerResponse, count: number) => unknown;

/** A real HTTP server that keeps what it gets and answers 200 unless told otherwise; gone when the test is over. */
export async function startReceiver(
  t: TestContext,
  answer: Answer = (_request, response) => response.end('ok'),
  options: { readonly https?: boolean; readonly port?: number } = {},
): Promise<HttpReceiver> {
  const requests: ReceivedRequest[] = [];
  const receive = async (incoming: IncomingMessage, response: ServerResponse) => {
    const { method = '', url: path = '', headers } = incoming;
    const request = { method, path, headers, body: await text(incoming) };
    requests.push(request);
    await answer(request, response, requests.length);
  };
  // A client that breaks off is part of some tests.
  const server = await listen(
    (incoming, response) => void receive(incoming, response).catch(() => {}),
    options,
  );
  t.after(() => server.close());
  return {
    url: server.url,
    host: server.host,
    requests,
    get lines() {
      return requests.map(({ method, path }) => `${method} ${path}`);
    },
    close: () => server.close(),
  };
}

/** Answers with the statuses in their order, the last one from then on. */
export function statuses(...all: readonly number[]): Answer {
  return (_request, response, count) => response.writeHead(all[count - 1] ?? all.at(-1) ?? 200).end();
}
