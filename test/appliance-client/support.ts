import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Appliance } from '../../src/appliance/appliance.ts';
import { createAppliance } from '../../src/appliance/client.ts';
import type { ApplianceContext } from '../../src/appliance/site-client.ts';
import type { Site } from '../../src/config/configuration.ts';
import { type Clock, systemClock } from '../../src/platform/clock.ts';
import { type Appliance as Simulated, startAppliance } from '../appliance/appliance.ts';
import type { ApplianceOptions } from '../appliance/options.ts';

/** A site's configuration with the defaults of the schema, for a simulated appliance over HTTP or HTTPS. */
export function siteOf(simulated: Simulated, differences: Partial<Site> = {}): Site {
  return {
    name: 'hq',
    host: simulated.host,
    hostName: '127.0.0.1',
    credentials: {
      type: 'api-account',
      clientId: simulated.clientId,
      clientSecret: simulated.clientSecret,
    },
    backupPassword: null,
    caFile: simulated.caFile,
    proxy: null,
    insecureHttp: simulated.caFile === null,
    timeout: 30,
    concurrency: 4,
    requestsPerSecond: 1000,
    bandwidthLimit: null,
    retries: 4,
    maxRecord: 256_000_000,
    reportingPath: '/api/reporting',
    commandPath: '/api/command',
    backupPath: '/api/backup',
    tokenPath: '/oauth2/token',
    emptyReportPattern: null,
    backupPasswordField: null,
    recordingQuery: new Map(),
    ...differences,
  };
}

/** Pauses take no time, and are written down; everything else follows the machine's clock. */
export interface QuickClock extends Clock {
  readonly pauses: readonly number[];
}

export function quickClock(): QuickClock {
  const pauses: number[] = [];
  let slept = 0;
  return {
    pauses,
    now: systemClock.now,
    monotonic: () => systemClock.monotonic() + slept,
    sleep: async (ms, signal) => {
      signal?.throwIfAborted();
      pauses.push(ms);
      slept += ms;
    },
  };
}

export interface Setup extends AsyncDisposable {
  readonly simulated: Simulated;
  readonly appliance: Appliance;
  readonly clock: QuickClock;
  readonly site: Site;
}

/** A simulated appliance and a client of it. */
export async function setUp(
  options: ApplianceOptions = {},
  differences: Partial<Site> = {},
  context: ApplianceContext = {},
): Promise<Setup> {
  const simulated = await startAppliance(options);
  const clock = quickClock();
  const site = siteOf(simulated, differences);
  const appliance = createAppliance(site, { clock, env: {}, random: () => 1, ...context });
  return {
    simulated,
    appliance,
    clock,
    site,
    [Symbol.asyncDispose]: async () => {
      await appliance.close();
      await simulated.close();
    },
  };
}

/** Nobody aborts. */
export const forEver = new AbortController().signal;

export async function textOf(bytes: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of bytes) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

export interface Folder extends AsyncDisposable {
  readonly path: string;
  file(name: string): string;
}

export async function temporaryFolder(): Promise<Folder> {
  const path = await mkdtemp(join(tmpdir(), 'ic-appliance-'));
  return {
    path,
    file: (name) => join(path, name),
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  };
}

export async function sha256Of(path: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
}
