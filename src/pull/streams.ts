import type { Transfer } from '../config/configuration.ts';
import type { Kind } from '../platform/kinds.ts';
import type { KindState, State, StateChange, TransferState } from '../state/state.ts';
import type { PullContext } from './context.ts';
import { nameIsReused, severalCouldBeMeant, wouldLoseDebts } from './stream-errors.ts';

/** What of a run it takes to begin a transfer. */
export type Beginning = Pick<
  PullContext,
  'transfer' | 'site' | 'configured' | 'lockOf' | 'destination' | 'ledger' | 'logger' | 'signal' | 'dryRun'
>;

/** What the state knows of a configured transfer, under whichever names, and what must change for it to go on. */
export interface Known {
  /** Null: the transfer begins. */
  readonly transfer: TransferState | null;
  readonly changes: readonly StateChange[];
  /** What people are told of it. */
  readonly messages: readonly string[];
}

/**
 * Finds a configured transfer in the state. A transfer outlives its names: the site is known by its host, the
 * destination by what it is. Writes nothing.
 * @throws IcError `configuration` when several could be meant, or when debts would be lost.
 */
export async function findTransfer(context: Beginning, state: State): Promise<Known> {
  const { transfer } = context;
  const present = state.transfer(transfer.name);
  if (present !== null && hasBegun(present)) return compareEnds(context, present, state);
  const former = await formerNames(context, state);
  if (former.length === 0) return { transfer: null, changes: [], messages: [] };
  const [only] = former;
  const rivals = rivalsOf(context, state);
  if (only === undefined || former.length > 1 || rivals.length > 0) {
    throw severalCouldBeMeant(transfer.name, former, rivals);
  }
  if (context.configured.transfers.has(only.name)) throw nameIsReused(only, transfer.name);
  const ends = await compareEnds(context, only, state);
  return {
    transfer: ends.transfer,
    changes: [{ type: 'rename', what: 'transfer', from: only.name, to: transfer.name }, ...ends.changes],
    messages: [
      `Transfer ${transfer.name} goes on where ${only.name} was, which ran between the same ends`,
      ...ends.messages,
    ],
  };
}

/** More is known of it than failures. */
export function hasBegun({ kinds }: TransferState): boolean {
  return [...kinds.values()].some((kind) => hasProgress(kind) || kind.owed > 0 || kind.open > 0);
}

export function hasProgress({
  since,
  reached,
  watermark,
}: Pick<KindState, 'since' | 'reached' | 'watermark'>): boolean {
  return since !== null || reached !== null || watermark !== null;
}

/** Transfers that ran between the same ends, and whose names the configuration no longer has, or has given to others. */
async function formerNames(context: Beginning, state: State): Promise<readonly TransferState[]> {
  const { transfer, configured } = context;
  const found: TransferState[] = [];
  for (const candidate of state.transfers()) {
    if (!hasBegun(candidate)) continue;
    if (configured.transfers.has(candidate.name) && !isNameReused(configured, candidate)) continue;
    if (!transfer.data.some((kind) => candidate.kinds.has(kind))) continue;
    if (isSameSite(context, candidate) && (await isSameDestination(context, candidate)))
      found.push(candidate);
  }
  return found;
}

/** Other transfers that are new, too, and run between the same ends. */
function rivalsOf({ transfer, configured }: Beginning, state: State): readonly string[] {
  return [...configured.transfers.values()]
    .filter((other) => other.name !== transfer.name && sharesStream(other, transfer))
    .filter((other) => {
      const known = state.transfer(other.name);
      return known === null || !hasBegun(known);
    })
    .map(({ name }) => name);
}

function sharesStream(a: Transfer, b: Transfer): boolean {
  const areEndsSame = a.site === b.site && a.destination === b.destination;
  return areEndsSame && a.data.some((kind) => b.data.includes(kind));
}

async function compareEnds(context: Beginning, known: TransferState, state: State): Promise<Known> {
  const { site, destination, name } = context.transfer;
  const isSite = isSameSite(context, known);
  const isDestination = await isSameDestination(context, known);
  if (!isSite || !isDestination) {
    const [heir] = heirsOf(context, known, state);
    if (heir !== undefined) throw nameIsReused(known, heir.name);
    return replaceEnds(context, known, { isSite, isDestination });
  }
  const changes: StateChange[] = [];
  const messages: string[] = [];
  if (known.site !== site) {
    changes.push({ type: 'rename', what: 'site', from: known.site, to: site, of: name });
    messages.push(`Site ${known.site} is called ${site} now: transfer ${name} goes on where it was`);
  } else if (known.host !== null && known.host !== context.site.address) {
    messages.push(
      `Site ${site} has another host, ${context.site.address} instead of ${known.host}: transfer ${name} goes on where it was`,
    );
  }
  if (known.destination !== destination) {
    changes.push({ type: 'rename', what: 'destination', from: known.destination, to: destination, of: name });
    messages.push(
      `Destination ${known.destination} is called ${destination} now: transfer ${name} goes on where it was`,
    );
  }
  return { transfer: known, changes, messages };
}

/** Watermarks mean nothing between other ends; what is owed is owed there, and must not be forgotten unasked. */
function replaceEnds(
  context: Beginning,
  known: TransferState,
  same: { readonly isSite: boolean; readonly isDestination: boolean },
): Known {
  const { name, site, destination } = context.transfer;
  const kinds = [...known.kinds.values()];
  if (kinds.some(({ owed, open }) => owed > 0 || open > 0)) throw wouldLoseDebts(context, known, same);
  return {
    transfer: null,
    changes: [{ type: 'repoint', transfer: name, site, destination }],
    messages: [
      `Transfer ${name} now runs from ${site} to ${destination}, and no longer from ${known.site} to ${known.destination}: it begins anew`,
    ],
  };
}

function isSameSite({ transfer, configured }: Beginning, known: TransferState): boolean {
  return siteNow(configured, known) === transfer.site;
}

/**
 * What the configuration calls the site that a transfer ran from: the one of that name, unless another one has its host
 * now and that one has not. Null: none is known to be it.
 */
function siteNow({ sites }: Beginning['configured'], { site, host }: TransferState): string | null {
  const namesake = sites.get(site);
  if (host === null || namesake?.host === host) return namesake?.name ?? null;
  const [moved, ...others] = [...sites.values()].filter((candidate) => candidate.host === host);
  return moved !== undefined && others.length === 0 ? moved.name : (namesake?.name ?? null);
}

/** Whether the configured transfer of that name runs between other ends than the one that the state knows. */
export function isNameReused(configured: Beginning['configured'], known: TransferState): boolean {
  const namesake = configured.transfers.get(known.name);
  if (namesake === undefined) return false;
  const isDestinationLeft =
    namesake.destination !== known.destination && configured.destinations.has(known.destination);
  return isDestinationLeft || namesake.site !== siteNow(configured, known);
}

/** Other configured transfers that run between the ends that a transfer of the state had, and did not before. */
function heirsOf(
  { transfer, configured }: Beginning,
  known: TransferState,
  state: State,
): readonly Transfer[] {
  const site = siteNow(configured, known);
  return [...configured.transfers.values()].filter((other) => {
    if (other.name === transfer.name || other.site !== site) return false;
    if (other.destination !== known.destination) return false;
    if (!other.data.some((kind) => known.kinds.has(kind))) return false;
    const present = state.transfer(other.name);
    return present === null || !hasBegun(present) || isNameReused(configured, present);
  });
}

/** By name, whose identity is looked at later; under another name by what its records say. */
async function isSameDestination(context: Beginning, known: TransferState): Promise<boolean> {
  if (known.destination === context.transfer.destination) return true;
  const { destination, transfer, signal } = context;
  let isKnown = false;
  for (const kind of transfer.data) {
    const position = positionOf(known, kind);
    if (position === null) continue;
    if ((await destination.compare(kind, position, signal))?.found !== 'same') return false;
    isKnown = true;
  }
  return isKnown;
}

/** Where the destination's records of a kind ended when the state was last written. */
export function positionOf({ kinds, recordedAs }: TransferState, kind: Kind) {
  const place = kinds.get(kind)?.place ?? null;
  return place && { ...place, transfer: recordedAs.transfer };
}
