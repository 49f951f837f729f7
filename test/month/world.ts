import assert from 'node:assert/strict';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { CommandContext } from '../../src/commands/command.ts';
import type { Transfer } from '../../src/config/configuration.ts';
import { readConfiguration } from '../../src/config/read.ts';
import type { Clock } from '../../src/platform/clock.ts';
import { historyOf, isDue } from '../../src/pull/schedule.ts';
import { openState } from '../../src/state/store.ts';
import { type Appliance, startAppliance } from '../appliance/appliance.ts';
import type { Fault } from '../appliance/faults.ts';
import { siteSection } from '../appliance/ini.ts';
import type { Rule } from '../appliance/rules.ts';
import { type HttpReceiver, startReceiver } from '../notify/http-receiver.ts';
import { caFile, type MailServer, startMailServer } from '../notify/mail-server.ts';
import { startCommand } from '../support/run-command.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

/** How far ahead of this machine's clock the appliance's is. */
const aheadMs = 37_000;
const login = { user: 'ic@example.com', password: 'a mail password' };

const transfers = `
[destination.archive]
type = file-system
directory = archive
[destination.vault]
type = file-system
directory = vault
[destination.safe]
type = file-system
directory = safe
[transfer.sessions]
site = hq
destination = archive
data = sessions
start = 1d
every = 6h
[transfer.nightly]
site = hq
destination = vault
data = sessions
start = 1d
every = 1d
at = 02:30
[transfer.backups]
site = hq
destination = safe
data = backups
every = 7d
`;

/** What stood in the document of one `ic pull --due` for the transfers that ran. */
export type Ran = readonly { readonly name: string; readonly status: string }[];

/** An appliance, a mail server, a monitor and a disk, each of which can be out of order, in a time of the test's. */
export class World implements AsyncDisposable {
  readonly appliance: Appliance;
  readonly directory: string;
  readonly monitor: HttpReceiver;
  readonly #t: TestContext;
  readonly #mailServers: MailServer[];
  readonly #transfers: readonly Transfer[];
  readonly #clock: DrivenClock;
  readonly #outages = new Map<string, Rule>();

  private constructor(parts: Parts) {
    this.#t = parts.t;
    this.#clock = parts.clock;
    this.#transfers = parts.transfers;
    this.#mailServers = [parts.mailServer];
    this.appliance = parts.appliance;
    this.directory = parts.directory;
    this.monitor = parts.monitor;
  }

  static async start(t: TestContext, nowMs: number): Promise<World> {
    const appliance = await startAppliance({ clock: { now: nowMs + aheadMs, frozen: true } });
    const clock = new DrivenClock(nowMs, (ms) => appliance.clock.set(ms + aheadMs));
    const [directory, mailServer, monitor] = await Promise.all([
      temporaryDirectory(t),
      startMailServer(t, { login }),
      startReceiver(t),
    ]);
    const file = join(directory, 'ic.ini');
    await writeFile(file, configurationOf(appliance, mailServer, monitor), { mode: 0o600 });
    const configuration = await readConfiguration(file, { env: {} });
    const known = [...configuration.transfers.values()];
    return new World({ t, clock, transfers: known, mailServer, appliance, directory, monitor });
  }

  get nowMs(): number {
    return this.#clock.now();
  }

  passTo(ms: number): void {
    this.#clock.set(ms);
  }

  /** `ic pull --due`, as cron runs it; the transfers that came to run. */
  async pullDue(): Promise<Ran> {
    const document = JSON.parse((await this.ic(['pull', '--due', '--json'])).text);
    return document.transfers.filter(({ status }: Ran[number]) => status !== 'not-due');
  }

  async ic(parameters: readonly string[]): Promise<{ readonly text: string; readonly code: number }> {
    const world: Partial<CommandContext> = { clock: this.#clock, random: () => 0.5 };
    const run = startCommand(parameters, this.directory, world);
    const code = await run.ended;
    return { text: run.output.text, code };
  }

  /** From what the state says now, whether anything is due at a moment; false until the state changes. */
  async schedule(): Promise<(ms: number) => boolean> {
    const state = await openState(join(this.directory, 'ic-state.db'), { clock: this.#clock });
    const now = Math.floor(this.#clock.now() / 1000);
    const histories = this.#transfers.map((transfer) => ({
      transfer,
      history: historyOf(state.transfer(transfer.name), transfer.data, now),
    }));
    state.close();
    return (ms) => histories.some(({ transfer, history }) => isDue(transfer, history, Math.floor(ms / 1000)));
  }

  /** Everything by which a run could be noticed. */
  async traces(): Promise<readonly unknown[]> {
    const state = await readFile(join(this.directory, 'ic-state.db'), 'latin1');
    return [state, this.appliance.requests.count(), this.monitor.requests.length, this.mails.length];
  }

  /** Moments and subjects of all mails that arrived. */
  get mails(): readonly { readonly at: number; readonly subject: string }[] {
    return this.#mailServers
      .flatMap(({ mails }) => mails)
      .map(({ headers }) => ({
        at: Date.parse(headers.get('date') ?? ''),
        subject: headers.get('subject') ?? '',
      }));
  }

  breakAppliance(fault: Fault): void {
    const rule = this.appliance.faults.add(fault, { times: Number.POSITIVE_INFINITY });
    this.#outages.set('appliance', rule);
  }

  mendAppliance(): void {
    const rule = this.#outages.get('appliance');
    assert.ok(rule !== undefined && rule.hits > 0, 'nobody noticed the outage of the appliance');
    rule.remove();
  }

  async stopMailServer(): Promise<void> {
    await this.#mailServers.at(-1)?.close();
  }

  async startMailServer(): Promise<void> {
    const port = this.#mailServers[0]?.port ?? 0;
    this.#mailServers.push(await startMailServer(this.#t, { login, port }));
  }

  /** The archive's disk is gone: something else stands where it was mounted. */
  async loseDisk(): Promise<void> {
    const archive = join(this.directory, 'archive');
    await rename(archive, `${archive}.lost`);
    await writeFile(archive, '');
  }

  async findDisk(): Promise<void> {
    const archive = join(this.directory, 'archive');
    await rm(archive);
    await rename(`${archive}.lost`, archive);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.appliance.close();
  }
}

interface Parts extends Pick<World, 'appliance' | 'directory' | 'monitor'> {
  readonly t: TestContext;
  readonly clock: DrivenClock;
  readonly transfers: readonly Transfer[];
  readonly mailServer: MailServer;
}

/** Stands still unless the test moves it, or somebody sleeps; the appliance's clock goes with it. */
class DrivenClock implements Clock {
  readonly #moved: (ms: number) => void;
  #now: number;

  constructor(nowMs: number, moved: (ms: number) => void) {
    this.#now = nowMs;
    this.#moved = moved;
  }

  now(): number {
    return this.#now;
  }

  monotonic(): number {
    return this.#now;
  }

  set(ms: number): void {
    this.#now = ms;
    this.#moved(ms);
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    this.set(this.#now + ms);
    await new Promise((resolve) => setImmediate(resolve));
    signal?.throwIfAborted();
  }
}

function configurationOf(appliance: Appliance, mailServer: MailServer, monitor: HttpReceiver): string {
  return `${siteSection(appliance, 'hq')}
requests_per_second = 1000
retries = 1
${transfers}
[log]
file = ic.log
[notify.mail]
server = 127.0.0.1
port = ${mailServer.port}
ca_file = ${caFile}
username = ${login.user}
password = ${login.password}
from = ic@example.com
to = it@example.com
[notify.ping]
url = ${monitor.url}/ping
`;
}
