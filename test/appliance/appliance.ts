import type { Core } from './core.ts';
import type { Fault } from './faults.ts';
import { createHandler, type Hook } from './handler.ts';
import { type ApplianceOptions, createCore } from './options.ts';
import { type RecordingTarget, recordingSha256 } from './recordings.ts';
import { RequestLog } from './request-log.ts';
import { backupSha256 } from './routes/backup.ts';
import { type Rule, Rules, type When } from './rules.ts';
import { listen } from './server.ts';

/**
 * A simulated appliance. It follows what is known of the real one, not what any client of it expects.
 *
 * ```ts
 * await using appliance = await startAppliance({ clock: { now: Date.parse('2026-11-22T12:00:00Z'), frozen: true } });
 * const now = appliance.clock.seconds();
 * const session = appliance.sessions.add({ startTime: now - 900, endTime: now - 300, recording: media({ size: 1e6 }) });
 * appliance.sessions.addAll(seedSessions({ seed: 7, count: 100, from: now - 86_400, to: now }));
 * appliance.faults.add({ type: 'status', status: 503, retryAfter: 1 }, { report: 'SupportSession', times: 2 });
 * appliance.before(() => appliance.sessions.close(other.lsid), { report: 'SupportSession', skip: 1 });
 * appliance.recordings.configure({ state: { notReadyFor: 2 } }, { kind: 'session', lsid: session.lsid });
 * // … run a client against appliance.host with appliance.clientId and appliance.clientSecret …
 * await (await appliance.requests.nth(1, { api: 'reporting' })).finished;
 * ```
 */
export interface Appliance extends Core, AsyncDisposable {
  /** `127.0.0.1:PORT`, as a site's `host` is configured. */
  readonly host: string;
  /** With scheme, without a slash at the end. */
  readonly url: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** The certificate authority that an HTTPS appliance's certificate comes from; null with HTTP. */
  readonly caFile: string | null;
  readonly requests: RequestLog;
  /** `add(fault, when?)`: what goes wrong, and with which requests (default: the next one). */
  readonly faults: Rules<Fault>;
  /** Calls `hook` when a request arrives, and answers once what it returns has settled (default: the next one). */
  before(hook: Hook, when?: When): Rule;
  /** Lower-case hexadecimal SHA-256 of a recording that a session or presentation has. */
  recordingSha256(target: RecordingTarget): string;
  /** … of the n-th backup that was served, from 1. */
  backupSha256(n: number): string;
  /** Replaces the client secret; every token of the account dies. */
  changeSecret(secret: string): void;
  /** Ends every connection and stops; rejects with what a hook threw, if one did. */
  close(): Promise<void>;
}

/** Starts one on a free port of 127.0.0.1, over HTTP, with no sessions, unless the options say otherwise. */
export async function startAppliance(options: ApplianceOptions = {}): Promise<Appliance> {
  const requests = new RequestLog();
  const faults = new Rules<Fault>();
  const hooks = new Rules<Hook>();
  const failures: unknown[] = [];
  let origin = '';
  const core = createCore(options, () => origin);
  const failed = (error: unknown): number => failures.push(error);
  const listener = await listen(createHandler(core, { requests, faults, hooks, failed }), options);
  origin = options.publicUrl ?? listener.url;
  const close = async (): Promise<void> => {
    await listener.close();
    if (failures.length > 0) throw failures[0];
  };
  return {
    ...core,
    host: listener.host,
    url: listener.url,
    caFile: listener.caFile,
    clientId: core.account.clientId,
    get clientSecret() {
      return core.account.clientSecret;
    },
    requests,
    faults,
    before: (hook, when) => hooks.add(hook, when),
    recordingSha256: (target) => recordingSha256(core, target),
    backupSha256: (n) => servedBackupSha256(core, n),
    changeSecret: (secret) => {
      core.account.clientSecret = secret;
      core.tokens.revokeAll();
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

function servedBackupSha256(core: Core, n: number): string {
  const served = core.backup.served[n - 1];
  if (!served) throw new Error(`The appliance has served ${core.backup.served.length} backups.`);
  return backupSha256(served);
}
