import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { type Appliance, startAppliance } from '../appliance/appliance.ts';
import { siteSection } from '../appliance/ini.ts';
import type { ApplianceOptions } from '../appliance/options.ts';
import { type Ended, type ProgramOptions, runIc } from './program.ts';
import { temporaryDirectory } from './temporary-directory.ts';

export const minute = 60;
export const hour = 3600;
export const day = 86_400;

export interface InstallationOptions {
  readonly appliance?: ApplianceOptions;
  /** More keys of `[site.hq]`. */
  readonly site?: string;
  /** More keys of `[destination.archive]`. */
  readonly destination?: string;
  /** More keys of `[transfer.t]`; `data` and `start` are set unless they stand here. */
  readonly transfer?: string;
  /** Where the transfer goes; default: the archive. */
  readonly into?: string;
  /** More sections. */
  readonly more?: string;
}

/** What `ic` was set up for: a folder with an `ic.ini`, an archive, and the appliance that it pulls from. */
export interface Installation {
  readonly appliance: Appliance;
  readonly directory: string;
  /** Where `[transfer.t]` puts its files. */
  readonly archive: string;
  readonly ini: string;
  /** Runs the built executable in the folder, and sees to it that nothing secret comes out of it. */
  ic(parameters: readonly string[], options?: ProgramOptions): Promise<Ended>;
  /** As `ic`, with `--json`: what it printed is one document, whose exit code is the program's. */
  json(parameters: readonly string[], options?: ProgramOptions): Promise<Answered>;
  /** `ic pull --json`. */
  pull(parameters?: readonly string[], options?: ProgramOptions): Promise<Pulled>;
  /** The watermark of sessions that `ic status` tells; null before the first. */
  watermark(): Promise<number | null>;
}

// biome-ignore lint/suspicious/noExplicitAny: A document as a script would read it, without types.
export type Json = any;

export interface Answered {
  readonly code: number | null;
  readonly document: Json;
  readonly stderr: string;
}

export interface Pulled extends Answered {
  /** The first of the document's transfers. */
  readonly transfer: Json;
  /** … and its counts of sessions. */
  readonly sessions: Json;
}

export async function install(t: TestContext, options: InstallationOptions = {}): Promise<Installation> {
  const appliance = await startAppliance(options.appliance);
  t.after(() => appliance.close());
  const directory = await temporaryDirectory(t);
  const ini = join(directory, 'ic.ini');
  await writeFile(ini, configurationOf(appliance, options), { mode: 0o600 });
  const ic: Installation['ic'] = async (parameters, programOptions) => {
    const ended = await runIc(parameters, { cwd: directory, ...programOptions });
    assertNothingSecret(appliance, 'the output', ended.stdout + ended.stderr);
    return ended;
  };
  const json: Installation['json'] = async (parameters, programOptions) =>
    toAnswer(await ic([...parameters, '--json'], programOptions));
  return {
    appliance,
    directory,
    archive: join(directory, 'archive'),
    ini,
    ic,
    json,
    pull: async (parameters = [], programOptions) => {
      const answered = await json(['pull', ...parameters], programOptions);
      const [transfer] = answered.document.transfers;
      return { ...answered, transfer, sessions: transfer?.kinds?.sessions };
    },
    watermark: async () => {
      const { document } = await json(['status']);
      const { watermark } = document.transfers[0].kinds.sessions;
      return watermark === null ? null : Date.parse(watermark) / 1000;
    },
  };
}

function toAnswer({ code, stdout, stderr }: Ended): Answered {
  assert.match(stdout, /^\{.*\}\n$/s, `one JSON document, not: ${stdout}\n${stderr}`);
  const document = JSON.parse(stdout);
  assert.equal(document.exit_code, code, 'the document tells the exit code');
  return { code, document, stderr };
}

function configurationOf(appliance: Appliance, options: InstallationOptions): string {
  const { site = '', destination = '', transfer = '', into = 'archive', more = '' } = options;
  return [
    siteSection(appliance, 'hq'),
    'requests_per_second = 1000',
    ...unlessSaid(site, 'retries = 1'),
    site,
    `[destination.archive]\ntype = file-system\ndirectory = archive\n${destination}`,
    `[transfer.t]\nsite = hq\ndestination = ${into}`,
    ...unlessSaid(transfer, 'data = sessions', 'start = 5d'),
    transfer,
    more.includes('[log]') ? '' : '[log]\nlevel = debug',
    more,
  ].join('\n');
}

function unlessSaid(text: string, ...lines: readonly string[]): readonly string[] {
  return lines.filter((line) => !new RegExp(`^${line.split(' ')[0]} *=`, 'm').test(text));
}

/** Neither the client secret nor any token, as text, in base64 as sign-in sends it, or percent-encoded. */
export function assertNothingSecret(appliance: Appliance, where: string, text: string): void {
  const { clientId, clientSecret } = appliance;
  const tokens = appliance.requests.all().flatMap((request) => request.bearer ?? []);
  const basic = Buffer.from(`${clientId}:${clientSecret}`).toString('base64');
  for (const secret of new Set([clientSecret, encodeURIComponent(clientSecret), basic, ...tokens])) {
    assert.ok(!text.includes(secret), `${where} holds a secret`);
  }
}

/** Every file that `ic` has written: state, log, archive, manifest. */
export async function assertNothingSecretIn({ appliance, directory, ini }: Installation): Promise<void> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile() && path !== ini) {
      assertNothingSecret(appliance, path, await readFile(path, 'latin1'));
    }
  }
}
