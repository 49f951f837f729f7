import { join } from 'node:path';
import type { Appliance } from '../../src/appliance/appliance.ts';
import { createAppliance } from '../../src/appliance/client.ts';
import type { Configuration, Site, Transfer } from '../../src/config/configuration.ts';
import { readConfiguration } from '../../src/config/read.ts';
import type { Destination } from '../../src/destinations/destination.ts';
import { createFileSystemDestination } from '../../src/destinations/file-system/file-system-destination.ts';
import { type Clock, systemClock } from '../../src/platform/clock.ts';
import { nodeFileSystem } from '../../src/platform/file-system.ts';
import type { Kind } from '../../src/platform/kinds.ts';
import { type Logger, silentLogger } from '../../src/platform/logger.ts';
import { noProgress } from '../../src/platform/progress.ts';
import { type PullContext, type Selection, siteNamesOf } from '../../src/pull/context.ts';
import { Ledger } from '../../src/pull/ledger.ts';
import { pullTransfer } from '../../src/pull/pull.ts';
import { RecordingQueue } from '../../src/pull/recording-queue.ts';
import { Tally, type TransferResult } from '../../src/pull/result.ts';
import { identifyDocument } from '../../src/sessions/parse.ts';
import { backupLockName, transferLockName } from '../../src/state/lock.ts';
import type { KindState } from '../../src/state/state.ts';
import { openState } from '../../src/state/store.ts';
import { siteSection } from '../appliance/ini.ts';

/** What a test may set for one pull. */
export interface PullOptions {
  readonly selection?: Selection;
  readonly clock?: Clock;
  readonly signal?: AbortSignal;
  readonly logger?: Logger;
  readonly destination?: (real: Destination) => Destination;
  /** Methods of the appliance that are replaced. */
  readonly appliance?: Partial<Appliance>;
}

/** One transfer of a configuration, pulled in this process: real sockets, real files, a real state. */
export interface Puller {
  readonly configuration: Configuration;
  readonly directory: string;
  pull(options?: PullOptions): Promise<TransferResult>;
  /** What the state knows of the kind. */
  known(kind: Kind): Promise<KindState | null>;
}

/** Quick repeats: pauses between attempts pass at once. */
const impatientClock: Clock = { ...systemClock, sleep: (_ms, signal) => systemClock.sleep(0, signal) };

export async function createPuller(
  directory: string,
  appliance: Parameters<typeof siteSection>[0],
  settings: {
    readonly data?: string;
    readonly site?: string;
    readonly transfer?: string;
    readonly destination?: string;
  } = {},
): Promise<Puller> {
  const text = [
    siteSection(appliance, 'hq'),
    'requests_per_second = 1000',
    settings.site ?? '',
    `[destination.archive]\ntype = file-system\ndirectory = archive\n${settings.destination ?? ''}`,
    `[transfer.t]\nsite = hq\ndestination = archive\ndata = ${settings.data ?? 'sessions'}\n${settings.transfer ?? ''}`,
  ].join('\n');
  const configuration = await readConfiguration(join(directory, 'ic.ini'), {
    env: {},
    readFile: async () => Buffer.from(text),
  });
  return {
    configuration,
    directory,
    pull: (options = {}) => pullOnce(configuration, options),
    known: (kind) => knownOf(configuration, kind),
  };
}

async function knownOf({ state: { path } }: Configuration, kind: Kind): Promise<KindState | null> {
  const state = await openState(path, { clock: systemClock, logger: silentLogger });
  try {
    return state.transfer('t')?.kinds.get(kind) ?? null;
  } finally {
    state.close();
  }
}

async function pullOnce(configuration: Configuration, options: PullOptions): Promise<TransferResult> {
  const { clock = impatientClock, logger = silentLogger } = options;
  const signal = options.signal ?? new AbortController().signal;
  const transfer = configuration.transfers.get('t') as Transfer;
  const site = configuration.sites.get(transfer.site) as Site;
  const state = await openState(configuration.state.path, { clock, logger });
  const ledger = new Ledger({ state, transfer: transfer.name, readOnly: false, clock });
  const real = archiveOf(configuration, transfer, clock);
  const destination = options.destination?.(real) ?? real;
  const appliance = { ...createAppliance(site, { clock, logger, env: {} }), ...options.appliance };
  const context: PullContext = {
    runId: 'test',
    configured: configuration,
    transfer,
    site: siteNamesOf(site),
    appliance,
    destination,
    ledger,
    recordings: new RecordingQueue(ledger, transfer.data),
    tally: new Tally(transfer.data),
    clock,
    logger,
    progress: noProgress,
    signal,
    selection: options.selection ?? { type: 'incremental' },
    secrets: configuration.secrets,
    formatOf: () => null,
    backupLock: await backupLockName(configuration.state.path, site.name),
    lockOf: (name) => transferLockName(configuration.state.path, name),
    dryRun: false,
  };
  try {
    return await pullTransfer(context, state);
  } finally {
    await destination.close();
    await appliance.close();
    state.close();
  }
}

function archiveOf(configuration: Configuration, transfer: Transfer, clock: Clock): Destination {
  const config = configuration.destinations.get(transfer.destination);
  if (config?.type !== 'file-system') throw new Error('these pulls go into a file system');
  return createFileSystemDestination(config, {
    transfer: transfer.name,
    site: transfer.site,
    kinds: transfer.data,
    identify: identifyDocument,
    clock,
    fileSystem: nodeFileSystem,
  });
}
