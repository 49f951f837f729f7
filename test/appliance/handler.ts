import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { type Answer, html } from './answer.ts';
import type { Core } from './core.ts';
import { type Fault, withFaults } from './faults.ts';
import { RateLimiter } from './rate-limiter.ts';
import { readRequest } from './read-request.ts';
import type { LoggedRequest, RequestLog } from './request-log.ts';
import { answerBackup } from './routes/backup.ts';
import { answerCommand, answerHealth } from './routes/command.ts';
import { answerDownload } from './routes/download.ts';
import { answerReporting } from './routes/reporting.ts';
import { answerToken } from './routes/token.ts';
import type { Rules } from './rules.ts';
import { send } from './send.ts';

export type Hook = (request: LoggedRequest) => unknown;

/** What happens around the routes. */
export interface Surroundings {
  readonly requests: RequestLog;
  readonly faults: Rules<Fault>;
  readonly hooks: Rules<Hook>;
  /** Called with what a hook or a route threw: a mistake of a test or of the appliance. */
  readonly failed: (error: unknown) => void;
}

/** Reads, logs, lets hooks act, answers with or without faults, and sends. */
export function createHandler(core: Core, around: Surroundings): RequestListener {
  const limiter = new RateLimiter(core.clock);
  const connections = new ConnectionNumbers();
  let number = 0;
  return async (message, response) => {
    number += 1;
    const about = {
      number,
      at: core.clock.now(),
      connection: connections.of(message.socket),
      paths: core.paths,
    };
    const read = await readRequest(message, about).catch(() => null);
    if (!read) return; // The client left before it had asked.
    around.requests.record(read.request);
    try {
      const answer = await answerTo(core, around, limiter, read.request);
      setCommonHeaders(core, message, response);
      read.request.ending = await send(answer, response, read.request);
    } catch (error) {
      around.failed(error);
      response.destroy();
    }
    read.finish();
  };
}

async function answerTo(
  core: Core,
  around: Surroundings,
  limiter: RateLimiter,
  request: LoggedRequest,
): Promise<Answer> {
  for (const hook of around.hooks.take(request)) await hook(request);
  const limited = limiter.refusal(core.general.rateLimit);
  return limited ?? (await withFaults(around.faults.take(request), async () => route(core, request)));
}

function route(core: Core, request: LoggedRequest): Answer {
  switch (request.api) {
    case 'token':
      return answerToken(core, request);
    case 'reporting':
      return answerReporting(core, request);
    case 'command':
      return answerCommand(core, request);
    case 'backup':
      return answerBackup(core, request);
    case 'download':
      return answerDownload(core, request);
    case 'health':
      return answerHealth(core);
    case 'other':
      return request.path === '/login' ? html('Sign in') : html('Document Not Found', 404);
  }
}

/** What recorded answers carry. The connection is closed after each, and the cookies are good for nothing. */
function setCommonHeaders(core: Core, message: IncomingMessage, response: ServerResponse): void {
  response.setHeader('Date', new Date(core.clock.now()).toUTCString());
  response.setHeader('Server', 'Apache');
  response.setHeader('Connection', 'close');
  response.setHeader('Cache-Control', 'must-revalidate, no-cache, no-store, private');
  response.setHeader('Vary', 'Accept-Encoding,Authorization');
  const cookies = ['global_warnings=W10%3D; path=/; HttpOnly'];
  if (message.url?.startsWith(core.paths.token)) cookies.push('ns_sl=0; path=/; HttpOnly');
  response.setHeader('Set-Cookie', cookies);
}

class ConnectionNumbers {
  readonly #numbers = new WeakMap<Socket, number>();
  #last = 0;

  of(socket: Socket): number {
    const known = this.#numbers.get(socket);
    if (known !== undefined) return known;
    this.#last += 1;
    this.#numbers.set(socket, this.#last);
    return this.#last;
  }
}
