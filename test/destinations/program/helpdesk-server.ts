import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import type { TestContext } from 'node:test';

export interface Note {
  readonly id: string;
  readonly ticket: string;
  readonly subject: string;
  readonly text: string;
  /** The attached report. */
  readonly report: string;
}

interface NoteBody {
  readonly subject: string;
  readonly text: string;
  readonly attachments: readonly [{ readonly name: string; readonly base64: string }];
}

/** A ticket system such as push_to_helpdesk.py speaks to. */
export class HelpdeskServer {
  readonly notes = new Map<string, Note>();
  /** What was asked, in order: `POST /api/tickets/HD-7/notes`. */
  readonly asked: string[] = [];
  /** Answers to give in place of its own, in order: a status; 0 cuts the connection after the work is done. */
  readonly troubles: number[] = [];
  /** Answers everything with 503. */
  isDown = false;
  token = 's3cret-token';
  readonly #keys = new Map<string, string>();
  readonly #server = createServer((request, response) => {
    this.#answer(request).then(
      (answer) => {
        if (answer.status === 0) return void request.socket.destroy();
        response.writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers });
        response.end(JSON.stringify(answer.body ?? {}));
      },
      () => request.socket.destroy(),
    );
  });

  static async start(context: TestContext): Promise<HelpdeskServer> {
    const helpdesk = new HelpdeskServer();
    helpdesk.#server.listen(0, '127.0.0.1');
    await once(helpdesk.#server, 'listening');
    context.after(() => helpdesk.#server.close().closeAllConnections());
    return helpdesk;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** What a plugin needs to be told. */
  get settings(): Readonly<Record<string, string>> {
    return { url: this.url, token: this.token, default_ticket: 'HD-1', retries: '2', retry_pause: '0.01' };
  }

  async #answer(request: IncomingMessage): Promise<Answer> {
    const { method = '', url = '', headers } = request;
    this.asked.push(`${method} ${url}`);
    const body = method === 'GET' ? null : ((await json(request)) as NoteBody);
    if (headers.authorization !== `Bearer ${this.token}`) return { status: 401 };
    if (this.isDown) return { status: 503 };
    const trouble = this.troubles.shift();
    if (trouble !== undefined && trouble > 0) return { status: trouble, headers: { 'retry-after': '0' } };
    const answer =
      body === null ? { status: 200 } : this.#write(url, String(headers['idempotency-key']), body);
    return trouble === 0 ? { status: 0 } : answer;
  }

  #write(url: string, key: string, body: NoteBody): Answer {
    const [, , , ticket = '', , noteId] = url.split('/').map(decodeURIComponent);
    if (ticket === 'closed') return { status: 422, body: { error: 'the ticket is closed' } };
    const known = noteId ?? this.#keys.get(key);
    if (noteId !== undefined && !this.notes.has(noteId)) return { status: 404 };
    const id = known ?? String(this.notes.size + 1);
    const report = Buffer.from(body.attachments[0].base64, 'base64').toString();
    this.notes.set(id, { id, ticket, subject: body.subject, text: body.text, report });
    if (noteId === undefined) this.#keys.set(key, id);
    return { status: known === undefined ? 201 : 200, body: { id: Number(id) } };
  }
}

interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: object;
}
