import type { Configuration } from '../config/configuration.ts';
import { nearest } from '../config/nearest.ts';
import { closing } from '../platform/closing.ts';
import { IcError } from '../platform/errors.ts';
import { acquireLock, type Lock } from '../platform/lock.ts';
import { hasBegun, isNameReused } from '../pull/streams.ts';
import { transferLockName } from '../state/lock.ts';
import type { State, TransferState } from '../state/state.ts';
import type { CommandBody } from './command.ts';
import { loadConfiguration } from './load-configuration.ts';
import { openToRead, report } from './state-body.ts';
import { usageError } from './usage-error.ts';

/** `ic state rename` */
export const renameBody: CommandBody = async (arguments_, context) => {
  const [from = '', to = ''] = arguments_.positionals;
  const configuration = await loadConfiguration(context);
  const state = await openToRead(configuration, context);
  await using _ = closing(state);
  const what = whatIsMeant(state, from, arguments_.text('of'));
  requireNewName(configuration, state, what, { from, to });
  const affected = state.transfers().filter((transfer) => nameIn(transfer, what) === from);
  const locks = await lockAll(configuration, new Set([...affected.map(({ name }) => name), to]));
  try {
    await state.refresh();
    requireFree(state, what, to);
    await state.commit([{ type: 'rename', what, from, to }]);
  } finally {
    for (const lock of locks) await lock.release();
  }
  report(
    context,
    'state rename',
    `The ${what} ${from} is called ${to} in the state now; the next pull goes on where it was.`,
  );
  return 0;
};

const families = ['transfer', 'site', 'destination'] as const;
type Family = (typeof families)[number];

function nameIn({ name, site, destination }: TransferState, what: Family): string {
  return { transfer: name, site, destination }[what];
}

function whatIsMeant(state: State, from: string, of: string | null): Family {
  const transfers = state.transfers();
  const known = families.filter((what) => transfers.some((transfer) => nameIn(transfer, what) === from));
  const wanted = of === null ? known : known.filter((what) => what === of);
  const [only] = wanted;
  if (only === undefined) {
    const names = transfers.flatMap((transfer) => families.map((what) => nameIn(transfer, what)));
    const near = nearest(from, names);
    throw usageError(
      `The state knows no ${of ?? 'transfer, site or destination'} "${from}".${near ? ` Is ${near} meant?` : ''}`,
    );
  }
  if (wanted.length === 1) return only;
  throw usageError(`The state knows ${from} as ${wanted.join(' and as ')}: say which with --of.`);
}

function requireNewName(
  configuration: Configuration,
  state: State,
  what: Family,
  { from, to }: { readonly from: string; readonly to: string },
): void {
  const configured = {
    transfer: configuration.transfers,
    site: configuration.sites,
    destination: configuration.destinations,
  }[what];
  const known = what === 'transfer' ? state.transfer(from) : null;
  if (configured.has(from) && !(known && isNameReused(configuration, known))) {
    throw usageError(`The configuration still has the ${what} ${from}: give it the new name there first.`);
  }
  if (configured.has(to)) return;
  const near = nearest(to, [...configured.keys()]);
  throw usageError(`The configuration has no ${what} "${to}".${near ? ` Is ${near} meant?` : ''}`);
}

function requireFree(state: State, what: Family, to: string): void {
  const taken = what === 'transfer' ? state.transfer(to) : null;
  if (taken === null || !hasBegun(taken)) return;
  throw usageError(
    `The state knows the transfer ${to} already. If it may begin as the other one goes on, run first: ic state forget ${to}`,
  );
}

/** Of every transfer that is concerned, so that no run works with what changes. */
async function lockAll({ state }: Configuration, names: ReadonlySet<string>): Promise<readonly Lock[]> {
  const locks: Lock[] = [];
  for (const name of names) {
    const lock = await acquireLock(await transferLockName(state.path, name));
    if (lock !== null) {
      locks.push(lock);
      continue;
    }
    for (const taken of locks) await taken.release();
    throw new IcError('locked', `A run holds transfer ${name}.`, { hint: 'Try again when it has ended.' });
  }
  return locks;
}
