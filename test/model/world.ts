import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Appliance, startAppliance } from '../appliance/appliance.ts';
import type { LoggedRequest } from '../appliance/request-log.ts';
import { lsidFor } from '../appliance/specimens.ts';
import { Clocks } from './clocks.ts';
import { type Ran, runLine } from './command-line.ts';
import { assertTold, type Losses } from './losses.ts';
import { destinationOf, type Settings, toIni } from './settings.ts';
import { type Store, storeIn } from './store.ts';
import { keyText, type RecordingKind, Truth } from './truth.ts';

/** What happened in all histories of this process, and how often. */
export const seen = new Map<string, number>();

/** 2026-11-22T12:00:00Z: when every history begins. */
export const beginning = Date.UTC(2026, 10, 22, 12);

/** One history: an appliance, an installation of `ic`, and what is true. */
export class World implements AsyncDisposable {
  readonly appliance: Appliance;
  readonly directory: string;
  readonly clocks: Clocks;
  readonly truth = new Truth();
  readonly losses: Losses = new Map();
  /** What happened so far, for whoever reads a failure. */
  readonly diary: string[] = [];
  /** What `ic` is known to remember of its destinations; empty after the state was lost or replaced. */
  readonly acquainted = new Set<string>();
  #settings: Settings;
  #names = 0;
  readonly #obstacles = new Map<string, () => void>();

  private constructor(appliance: Appliance, directory: string, settings: Settings) {
    this.appliance = appliance;
    this.directory = directory;
    this.#settings = settings;
    this.clocks = new Clocks(appliance.clock, beginning);
    this.configure(settings);
  }

  static async start(directory: string, settings: Settings): Promise<World> {
    return new World(await startAppliance({ clock: { now: beginning, frozen: true } }), directory, settings);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.appliance.close();
  }

  get settings(): Settings {
    return this.#settings;
  }

  /** Writes the configuration anew. */
  configure(settings: Settings): void {
    this.#settings = settings;
    writeFileSync(join(this.directory, 'ic.ini'), toIni(settings, this.appliance), { mode: 0o600 });
  }

  get statePath(): string {
    return join(this.directory, 'ic-state.db');
  }

  /** Counts that something happened, over all histories. */
  saw(what: string): void {
    seen.set(what, (seen.get(what) ?? 0) + 1);
  }

  /** A number that no other call gives. */
  nextNumber(): number {
    this.#names += 1;
    return this.#names;
  }

  readonly nextName = (prefix: string): string => `${prefix}${this.nextNumber()}`;

  nextLsid(): string {
    return lsidFor(`session ${this.nextNumber()}`);
  }

  storeOf(destination: string): Store {
    return storeIn(this.directory, destinationOf(this.#settings, destination));
  }

  place(destination: string): string {
    return join(this.directory, destinationOf(this.#settings, destination).place);
  }

  /** Something that stays in the way until the history ends, unless it is taken away before. */
  obstruct(name: string, remove: () => void): void {
    this.#obstacles.set(name, remove);
  }

  /** Takes everything away that was ever in the way, since a copy of a destination may bring it back. */
  removeObstacles(): boolean {
    const any = this.#obstacles.size > 0;
    for (const remove of this.#obstacles.values()) remove();
    return any;
  }

  note(text: string): void {
    this.diary.push(text);
  }

  /** Any command line, with `--json`. */
  async ic(parameters: readonly string[]): Promise<Ran> {
    const ran = await runLine(this.directory, parameters, this.clocks.machine);
    this.took(parameters.join(' '), ran);
    return ran;
  }

  /** What holds of every command line, wherever it ran. */
  took(line: string, ran: Ran): void {
    this.note(`  ic ${line} → ${ran.code}${ran.errors.map(({ message }) => `: ${message}`).join('')}`);
    assert.notEqual(ran.code, 1, `a defect: ${ran.errors[0]?.message} ${ran.log}`);
    assertTold(this, ran);
  }

  /** `ic pull`, which downloads nothing that is held, and tells of everything that it gives up. */
  async pull(parameters: readonly string[] = []): Promise<Ran> {
    const [ran] = await this.pullAtOnce([parameters]);
    return ran as Ran;
  }

  /** Several of them, side by side. */
  async pullAtOnce(lines: readonly (readonly string[])[]): Promise<readonly Ran[]> {
    const held = this.#heldRecordings();
    this.appliance.requests.clear();
    const all = await Promise.all(lines.map((parameters) => this.ic(['pull', ...parameters])));
    const again = this.appliance.requests.all({ where: isDownload }).map(downloaded);
    assert.deepEqual(
      again.filter((key) => held.has(key)),
      [],
      'downloaded although it is held',
    );
    if (all.some(({ code }) => code === 0)) {
      for (const { destination } of this.#settings.transfers) this.acquainted.add(destination);
    }
    return all;
  }

  /** As whoever reads the message would: a pull that names a command runs again after that command. */
  async pullAsTold(parameters: readonly string[] = []): Promise<Ran> {
    let ran = await this.pull(parameters);
    for (let attempts = 0; attempts < 6; attempts += 1) {
      const told = commandIn(ran);
      if (told === null) break;
      await this.ic(told);
      this.saw('a remedy that was followed');
      ran = await this.pull(parameters);
    }
    return ran;
  }

  /** What every destination holds that all transfers with recordings go into. */
  #heldRecordings(): ReadonlySet<string> {
    const { transfers } = this.#settings;
    const withRecordings = transfers.filter(({ kinds }) => kinds.some((kind) => kind !== 'sessions'));
    const sets = withRecordings.map(
      ({ destination }) =>
        new Set(
          this.storeOf(destination)
            .recordings()
            .map(({ key }) => key),
        ),
    );
    const [first = new Set<string>(), ...others] = sets;
    return new Set([...first].filter((key) => others.every((other) => other.has(key))));
  }
}

/** The first `ic state …` that an error's hint names. */
export function commandIn({ errors }: Ran): readonly string[] | null {
  for (const { hint } of errors) {
    const [, words] = /\bic (state (?:rename \S+ \S+(?: --of \w+)?|forget \S+))/.exec(hint ?? '') ?? [];
    if (words !== undefined) return words.split(' ').map((word) => word.replace(/[.,;:]$/, ''));
  }
  return null;
}

const kindOfReport: Readonly<Record<string, RecordingKind>> = {
  SupportSessionRecording: 'session-recordings',
  CommandShellRecording: 'command-shell-recordings',
};

/** Answers in place of a recording are shorter than every recording. */
function isDownload({ report, status, bytes, ending }: LoggedRequest): boolean {
  return (
    kindOfReport[report ?? ''] !== undefined &&
    status === 200 &&
    bytes >= smallestRecording &&
    ending === 'complete'
  );
}

export const smallestRecording = 1000;

function downloaded({ report, parameters }: LoggedRequest): string {
  const kind = kindOfReport[report ?? ''] as RecordingKind;
  return keyText({ kind, lsid: parameters.lsid ?? '', instance: Number(parameters.instance ?? 0) });
}
