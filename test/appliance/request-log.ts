import type { IncomingHttpHeaders } from 'node:http';

/** Which part of the appliance a request was for. */
export type Api = 'token' | 'reporting' | 'command' | 'backup' | 'download' | 'health' | 'other';

/** How an answer came to its end. */
export type Ending = 'complete' | 'cut' | 'stalled' | 'client-left';

/** What was asked, and in the end what became of it. */
export interface LoggedRequest {
  /** Counts from 1 over the appliance's life. */
  readonly number: number;
  /** The appliance's time at arrival, milliseconds. */
  readonly at: number;
  readonly method: string;
  readonly api: Api;
  readonly path: string;
  /** The request target, with its query. */
  readonly target: string;
  /** Query and form parameters; the form wins. */
  readonly parameters: Readonly<Record<string, string>>;
  /** `generate_report` of the reporting API, else null. */
  readonly report: string | null;
  /** Session ids that were asked for one by one; of a signed link, the one it names. */
  readonly lsids: readonly string[];
  readonly headers: IncomingHttpHeaders;
  /** The `Host` header: which host the client believes it talks to. */
  readonly host: string;
  /** The bearer token that came along. */
  readonly bearer: string | null;
  readonly body: string;
  /** Counts from 1; equal numbers mean that a connection was used again. */
  readonly connection: number;
  /** Status of the answer; null while there is none, and when none was sent. */
  status: number | null;
  /** Bytes of body that were sent. */
  bytes: number;
  ending: Ending | null;
  /** Resolves once the answer has ended, however it did. */
  readonly finished: Promise<void>;
}

/** Which requests are meant. What is left out does not matter. */
export interface RequestMatch {
  readonly api?: Api;
  readonly method?: string;
  readonly report?: string;
  /** `action` of the command API. */
  readonly action?: string;
  readonly lsid?: string;
  readonly where?: (request: LoggedRequest) => boolean;
}

/** Every request that the appliance has seen, in order of arrival. */
export class RequestLog {
  #requests: LoggedRequest[] = [];
  readonly #waiting = new Set<() => void>();

  record(request: LoggedRequest): void {
    this.#requests.push(request);
    for (const check of this.#waiting) check();
  }

  all(match: RequestMatch = {}): readonly LoggedRequest[] {
    return this.#requests.filter((request) => matches(request, match));
  }

  count(match: RequestMatch = {}): number {
    return this.all(match).length;
  }

  last(match: RequestMatch = {}): LoggedRequest | undefined {
    return this.all(match).at(-1);
  }

  /** The n-th matching request (from 1), as soon as it arrives: await its `finished` for the end of its answer. */
  nth(n: number, match: RequestMatch = {}): Promise<LoggedRequest> {
    return new Promise((resolve) => {
      const check = (): void => {
        const found = this.all(match)[n - 1];
        if (!found) return;
        this.#waiting.delete(check);
        resolve(found);
      };
      this.#waiting.add(check);
      check();
    });
  }

  /** Forgets what was seen, so that counting starts again. */
  clear(): void {
    this.#requests = [];
  }
}

export function matches(request: LoggedRequest, match: RequestMatch): boolean {
  return (
    (match.api === undefined || match.api === request.api) &&
    (match.method === undefined || match.method === request.method) &&
    (match.report === undefined || match.report === request.report) &&
    (match.action === undefined || match.action === request.parameters.action) &&
    (match.lsid === undefined || request.lsids.includes(match.lsid)) &&
    (match.where === undefined || match.where(request))
  );
}
