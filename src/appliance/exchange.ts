import type { Dispatcher } from 'undici';
import type { HttpAnswer, HttpRequest } from './http.ts';
import { ReceivedBody } from './received-body.ts';
import { SilenceWatch } from './silence-watch.ts';
import { type Silence, toUnreachable } from './unreachable.ts';

type Controller = Dispatcher.DispatchController;
type RawHeaders = Record<string, string | string[] | undefined>;

export interface ExchangeOptions {
  /** Seconds of silence after which it is given up. */
  readonly timeout: number;
  readonly signal: AbortSignal;
  /** Called when the head of an answer arrives, which may be long before its body does. */
  readonly onHead: (status: number, headers: HttpAnswer['headers']) => void;
}

/**
 * One request and its answer, from the connection that is opened to the last byte. `answer` resolves with the first
 * byte of the body, so that whatever goes wrong before that can still be made good by asking again.
 */
export class Exchange implements Dispatcher.DispatchHandler {
  readonly #dispatcher: Dispatcher;
  readonly #request: HttpRequest;
  readonly #options: ExchangeOptions;
  readonly #answer = Promise.withResolvers<HttpAnswer>();
  readonly #silence: SilenceWatch;
  readonly #onAbort = () => this.#cancel();
  #controller: Controller | null = null;
  #head: { readonly status: number; readonly headers: HttpAnswer['headers'] } | null = null;
  #body: ReceivedBody | null = null;

  constructor(dispatcher: Dispatcher, request: HttpRequest, options: ExchangeOptions) {
    this.#dispatcher = dispatcher;
    this.#request = request;
    this.#options = options;
    this.#silence = new SilenceWatch(() => this.#giveUp());
  }

  start(): Promise<HttpAnswer> {
    const { url, method, headers, body } = this.#request;
    this.#options.signal.addEventListener('abort', this.#onAbort, { once: true });
    this.#silence.allow(this.#patience);
    this.#dispatcher.dispatch(
      {
        origin: url.origin,
        path: url.pathname + url.search,
        method,
        headers: { 'accept-encoding': 'identity', ...headers },
        body,
        headersTimeout: 0,
        bodyTimeout: 0,
      },
      this,
    );
    return this.#answer.promise;
  }

  onRequestStart(controller: Controller): void {
    this.#controller = controller;
  }

  onResponseStart(_controller: Controller, status: number, raw: RawHeaders): void {
    if (status < 200) return;
    const headers = flatten(raw);
    this.#head = { status, headers };
    this.#silence.heard();
    this.#options.onHead(status, headers);
  }

  onResponseData(controller: Controller, chunk: Buffer): void {
    const body = this.#body ?? this.#beginBody(controller);
    this.#silence.heard();
    body.push(chunk);
  }

  onResponseEnd(controller: Controller): void {
    const body = this.#body ?? this.#beginBody(controller);
    this.#finish();
    body.end();
    this.#dispatcher.close().catch(() => {});
  }

  onResponseError(_controller: Controller, error: Error): void {
    this.#fail(error);
  }

  #beginBody(controller: Controller): ReceivedBody {
    const body = new ReceivedBody({
      pause: () => {
        this.#silence.stop();
        controller.pause();
      },
      resume: () => {
        this.#silence.allow(this.#options.timeout);
        controller.resume();
      },
      cancel: () => this.#cancel(),
    });
    this.#body = body;
    this.#silence.allow(this.#options.timeout);
    const { status, headers } = this.#head ?? { status: 0, headers: {} };
    this.#answer.resolve({ status, headers, body });
    return body;
  }

  get #patience(): number {
    return Math.max(this.#options.timeout, this.#request.patience ?? 0);
  }

  #giveUp(): void {
    const silence: Silence =
      this.#body === null
        ? { begun: false, seconds: this.#patience }
        : { begun: true, seconds: this.#options.timeout };
    this.#fail(silence);
  }

  /** Also while the connection is being made, when there is nothing yet to abort. */
  #cancel(): void {
    this.#fail(new Error('cancelled'));
  }

  #fail(cause: unknown): void {
    const { url, what } = this.#request;
    const { signal } = this.#options;
    const origin = { host: url.host, what, begun: this.#body !== null };
    const failure = signal.aborted ? signal.reason : toUnreachable(cause, origin);
    this.#finish();
    this.#body?.fail(failure);
    this.#answer.reject(failure);
    this.#controller?.abort(new Error('given up'));
    this.#dispatcher.destroy().catch(() => {});
  }

  #finish(): void {
    this.#silence.stop();
    this.#options.signal.removeEventListener('abort', this.#onAbort);
  }
}

function flatten(headers: RawHeaders): Readonly<Record<string, string | undefined>> {
  const flat: Record<string, string | undefined> = {};
  for (const [name, value] of Object.entries(headers)) {
    flat[name.toLowerCase()] = Array.isArray(value) ? value.join(', ') : value;
  }
  return flat;
}
