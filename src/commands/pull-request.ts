import { allKindsOf } from '../config/build.ts';
import type { Configuration, Transfer } from '../config/configuration.ts';
import { parseKinds } from '../config/types/kinds.ts';
import { InvalidValue } from '../config/types/value-type.ts';
import type { Kind } from '../platform/kinds.ts';
import type { Selection } from '../pull/context.ts';
import type { Arguments } from './command.ts';
import { parseSpan, readPeriod } from './instants.ts';
import { chosen, named } from './names.ts';
import { usageError } from './usage-error.ts';

/** What `ic pull` was asked to do, checked as far as that goes without the configuration. */
export interface PullRequest {
  readonly names: readonly string[];
  readonly selection: Selection;
  /** Null: whatever the transfer has. */
  readonly kinds: readonly Kind[] | 'all' | null;
  readonly adHoc: { readonly site: string; readonly destination: string } | null;
  readonly due: boolean;
  readonly dryRun: boolean;
  readonly waitLockMs: number;
  readonly failOnEmpty: boolean;
}

export function readPullRequest(arguments_: Arguments, nowMs: number): PullRequest {
  const request = {
    names: [...new Set(arguments_.positionals)],
    selection: readSelection(arguments_, nowMs),
    kinds: readKinds(arguments_.text('data')),
    adHoc: readAdHoc(arguments_),
    due: arguments_.flag('due'),
    dryRun: arguments_.flag('dry-run'),
    waitLockMs: parseSpan(arguments_.text('wait-lock') ?? '0', 'wait-lock') * 1000,
    failOnEmpty: arguments_.flag('fail-on-empty'),
  };
  checkTogether(request);
  return request;
}

/**
 * Whether it does the work of transfers, as their schedules have it done: others are watched by whoever started them.
 * What is asked for by name, or for a period, leaves what is due and what fails as it is.
 */
export function isScheduled({ dryRun, adHoc, selection }: PullRequest): boolean {
  return !dryRun && adHoc === null && selection.type === 'incremental';
}

function readSelection(arguments_: Arguments, nowMs: number): Selection {
  const lsids = arguments_.texts('session');
  const { since, until } = readPeriod(arguments_, nowMs);
  if (lsids.length > 0) {
    if (lsids.some((lsid) => lsid.trim() === '')) throw usageError('--session needs an LSID.');
    if (since !== null || until !== null)
      throw usageError('--session does not go together with --since or --until.');
    return { type: 'sessions', lsids: [...new Set(lsids)] };
  }
  if (since === null && until === null) return { type: 'incremental' };
  if (since === null) throw usageError('--until needs --since.');
  return { type: 'window', since, until };
}

export function readKinds(text: string | null): readonly Kind[] | 'all' | null {
  if (text === null) return null;
  try {
    return parseKinds(text);
  } catch (error) {
    if (!(error instanceof InvalidValue)) throw error;
    throw usageError(`--data "${text}" ${error.message}. ${error.remedy}`);
  }
}

function readAdHoc(arguments_: Arguments): PullRequest['adHoc'] {
  const site = arguments_.text('site');
  const destination = arguments_.text('to');
  if (site === null && destination === null) return null;
  if (site === null || destination === null) throw usageError('--site and --to go together.');
  return { site, destination };
}

function checkTogether(request: PullRequest): void {
  if (request.adHoc === null) return;
  if (request.names.length > 0)
    throw usageError('--site and --to make a transfer of their own: name no other.');
  if (request.due) throw usageError('--due does not go together with --site and --to.');
  if (request.kinds === null) throw usageError('--site and --to need --data.');
  const onlyBackups = request.kinds !== 'all' && request.kinds.every((kind) => kind === 'backups');
  if (request.selection.type === 'incremental' && !onlyBackups) {
    throw usageError('--site and --to need --since or --session.');
  }
}

/** The transfers to run, each with the kinds that this run is to pull. Throws `usage` for what is not configured. */
export function chooseTransfers(request: PullRequest, configuration: Configuration): readonly Transfer[] {
  if (request.adHoc !== null) return [adHocTransfer(request, configuration)];
  return chosen(configuration.transfers, request.names, 'transfer').map((transfer) => ({
    ...transfer,
    data: narrow(transfer, request.kinds),
  }));
}

function narrow(transfer: Transfer, wanted: PullRequest['kinds']): readonly Kind[] {
  if (wanted === null || wanted === 'all') return transfer.data;
  const data = transfer.data.filter((kind) => wanted.includes(kind));
  if (data.length > 0) return data;
  throw usageError(
    `Transfer ${transfer.name} has none of the kinds of --data. It has ${transfer.data.join(', ')}.`,
  );
}

function adHocTransfer(request: PullRequest, configuration: Configuration): Transfer {
  const { site, destination } = request.adHoc as { site: string; destination: string };
  named(configuration.sites, site, 'site');
  const end = named(configuration.destinations, destination, 'destination');
  return {
    ...adHocDefaults,
    name: `${site}-to-${destination}`,
    site,
    destination,
    data: request.kinds === 'all' ? allKindsOf(end) : (request.kinds ?? []),
  };
}

const adHocDefaults = {
  start: { type: 'all' },
  every: 900,
  at: null,
  overlap: 0,
  sweep: 7 * 86_400,
  settle: 60,
  abandonOpenAfter: 48 * 3600,
  forgetAbandonedAfter: 0,
  giveUpAfter: 0,
} as const;
