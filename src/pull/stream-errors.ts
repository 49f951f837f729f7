import type { Transfer } from '../config/configuration.ts';
import type { Comparison } from '../destinations/destination.ts';
import { toIso } from '../platform/clock.ts';
import { IcError } from '../platform/errors.ts';
import type { Kind } from '../platform/kinds.ts';
import type { TransferState } from '../state/state.ts';
import type { PullContext } from './context.ts';

export function severalCouldBeMeant(
  name: string,
  former: readonly TransferState[],
  rivals: readonly string[],
): IcError {
  const [first] = former;
  const before = former.map((transfer) => transfer.name).join(', ');
  const others = rivals.length === 0 ? '' : `, and so are ${rivals.join(', ')}`;
  return new IcError(
    'configuration',
    `Transfer ${name} is new${others}. Between the same ends ran ${before}, which the configuration no longer names: whether ${name} is to go on from there cannot be known.`,
    {
      hint: `If it is, run: ic state rename ${first?.name} ${name}. Transfers that are over are forgotten with: ic state forget ${first?.name}`,
    },
  );
}

/** The configuration gives a name that the state knows to another transfer, and another name to its ends. */
export function nameIsReused({ name, site, destination }: TransferState, heir: string): IcError {
  return new IcError(
    'configuration',
    `Transfer ${name} ran from ${site} to ${destination}, where transfer ${heir} runs now, and ${name} runs between other ends: whether ${heir} is to go on from there cannot be known.`,
    {
      hint: `If it is, run: ic state rename ${name} ${heir}. If both are to begin anew, run: ic state forget ${name}. Two transfers that have exchanged their names need them back first.`,
    },
  );
}

export function wouldLoseDebts(
  { transfer: { name, site, destination }, configured }: Pick<PullContext, 'transfer' | 'configured'>,
  known: TransferState,
  { isSite, isDestination }: { readonly isSite: boolean; readonly isDestination: boolean },
): IcError {
  const kinds = [...known.kinds.values()];
  const owed = kinds.reduce((sum, kind) => sum + kind.owed, 0);
  const open = kinds.reduce((sum, kind) => sum + kind.open, 0);
  const renames = [
    ...(isSite || configured.sites.has(known.site) ? [] : [[known.site, site] as const]),
    ...(isDestination || configured.destinations.has(known.destination)
      ? []
      : [[known.destination, destination] as const]),
  ];
  const commands = renames.map(
    ([from, to]) => `If ${to} is ${from} under a new name, run: ic state rename ${from} ${to}.`,
  );
  return new IcError(
    'configuration',
    `Transfer ${name} ran from ${known.site} to ${known.destination}, where ${owed} items are owed and ${open} sessions were open. Now it runs from ${site} to ${destination}, which is not known to be the same.`,
    {
      hint: [
        ...commands,
        `If it is another one, run: ic state forget ${name}, which gives up what is owed.`,
      ].join(' '),
    },
  );
}

/** What a destination is found to be that is not the one that a transfer delivered to. */
export function notTheSame(
  { name, destination }: Transfer,
  kind: Kind,
  known: TransferState,
  { found, place }: Comparison,
): IcError {
  const { delivered = 0, watermark = null } = known.kinds.get(kind) ?? {};
  const until = watermark === null ? '' : ` until ${toIso(watermark)}`;
  const what = {
    same: '',
    empty: `holds no record of ${kind}, of which transfer ${name} delivered ${delivered} there${until}`,
    other: `is another one than that to which transfer ${name} delivered ${delivered} of ${kind}${until}: its records are not those that it left there`,
    behind: `is older than when transfer ${name} last delivered to it: its records end before those of ${kind} that it left there${until}`,
  }[found];
  const way = {
    same: '',
    empty: 'Mount its disk, or restore what it held.',
    other: 'Mount its own disk, or name the place where it is now in the configuration.',
    behind: 'Restore the newer copy, if there is one.',
  }[found];
  return new IcError('io', `Destination ${destination} ${what}. Looked at: ${place}.`, {
    hint: `${way} If the transfer is meant to go on with what is there, run: ic state forget ${name}; the next pull takes from the destination's own records how far it came, and fetches what follows.`,
  });
}
