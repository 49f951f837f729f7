import type { Configuration, DestinationConfig, Site, Transfer } from '../config/configuration.ts';
import type { StoredItem, StoredProblem } from '../destinations/verification.ts';
import { IcError } from '../platform/errors.ts';
import { acquireLock } from '../platform/lock.ts';
import { silentLogger } from '../platform/logger.ts';
import { beginTransfer } from '../pull/begin.ts';
import { siteNamesOf } from '../pull/context.ts';
import { Ledger } from '../pull/ledger.ts';
import { transferLockName } from '../state/lock.ts';
import type { State, StateChange } from '../state/state.ts';
import { openState } from '../state/store.ts';
import type { CommandContext } from './command.ts';
import { createDestination } from './destinations.ts';

export interface Damage {
  readonly destination: string;
  readonly problem: StoredProblem & { readonly item: StoredItem };
}

export interface Repair {
  /** Items that were whole, and recorded wrongly: now they are recorded as they are. */
  readonly corrected: number;
  /** Items that the next pull asks for. */
  readonly owed: number;
  /** Items that no transfer would ask for, and backups, of which each is another. */
  readonly beyondRepair: number;
}

/** Corrects the records of what is whole, and owes again what was found missing or damaged. */
export async function repairArchive(
  configuration: Configuration,
  damages: readonly Damage[],
  context: CommandContext,
): Promise<Repair> {
  const state = await openState(configuration.state.path, { clock: context.clock, signal: context.signal });
  try {
    const left: Damage[] = [];
    for (const damage of damages)
      if (!(await correctRecord(configuration, damage, context))) left.push(damage);
    let owed = 0;
    for (const [transfer, ofTransfer] of byTransfer(left, configuration, state)) {
      await repairTransfer(transfer, ofTransfer, { configuration, state, context });
      owed += ofTransfer.length;
    }
    return { corrected: damages.length - left.length, owed, beyondRepair: left.length - owed };
  } finally {
    state.close();
  }
}

interface Repairing {
  readonly configuration: Configuration;
  readonly state: State;
  readonly context: CommandContext;
}

async function repairTransfer(
  transfer: Transfer,
  damages: readonly Damage[],
  { configuration, state, context }: Repairing,
): Promise<void> {
  const now = Math.floor(context.clock.now() / 1000);
  const lock = await acquireLock(await transferLockName(configuration.state.path, transfer.name), {
    waitMs: 10_000,
  });
  if (lock === null) {
    throw new IcError('locked', `A run holds transfer ${transfer.name}.`, {
      hint: 'Repair again when it has ended.',
    });
  }
  try {
    await state.refresh();
    if (state.transfer(transfer.name) === null) await begin(transfer, { configuration, state, context });
    for (const damage of damages) await setAsideIfDamaged(configuration, damage, context);
    await state.commit(damages.flatMap(({ problem }) => changesFor(transfer.name, problem, now)));
  } finally {
    await lock.release();
  }
}

/** After the state was lost: a pull that began the transfer later would take what is missing for delivered. */
async function begin(transfer: Transfer, { configuration, state, context }: Repairing): Promise<void> {
  const { clock, signal } = context;
  const logger = silentLogger;
  const config = configuration.destinations.get(transfer.destination) as DestinationConfig;
  const { name, site, data: kinds } = transfer;
  const destination = await createDestination(config, { transfer: name, site, kinds, clock, logger });
  try {
    const ledger = new Ledger({ state, transfer: name, readOnly: false, clock });
    await beginTransfer(
      {
        transfer,
        site: siteNamesOf(configuration.sites.get(site) as Site),
        configured: configuration,
        lockOf: (other) => transferLockName(configuration.state.path, other),
        destination,
        ledger,
        logger,
        signal,
        dryRun: false,
      },
      state,
    );
  } finally {
    await destination.close();
  }
}

/** Under the transfer that delivered it, or under one that would deliver it now, rather one that the state knows. */
function byTransfer(
  damages: readonly Damage[],
  configuration: Configuration,
  state: State,
): ReadonlyMap<Transfer, readonly Damage[]> {
  const groups = new Map<Transfer, Damage[]>();
  for (const damage of damages) {
    const { item } = damage.problem;
    if (item.lsid === null) continue;
    const [transfer] = [...configuration.transfers.values()]
      .filter(
        ({ destination, site, data }) =>
          destination === damage.destination && site === item.site && data.includes(item.kind),
      )
      .toSorted((a, b) => rank(b.name, item, state) - rank(a.name, item, state));
    if (transfer === undefined) continue;
    const group = groups.get(transfer);
    if (group === undefined) groups.set(transfer, [damage]);
    else group.push(damage);
  }
  return groups;
}

function rank(transfer: string, item: StoredItem, state: State): number {
  return (transfer === item.transfer ? 2 : 0) + (state.transfer(transfer) === null ? 0 : 1);
}

/** A whole item is not taken out of an archive because of what its line says of its bytes. */
async function correctRecord(
  configuration: Configuration,
  { destination, problem }: Damage,
  { clock }: CommandContext,
): Promise<boolean> {
  const config = configuration.destinations.get(destination);
  if (config?.type !== 'file-system' || !['altered', 'truncated'].includes(problem.kind)) return false;
  const { correctLine } = await import('../destinations/file-system/set-aside.ts');
  const { identifyDocument } = await import('../sessions/parse.ts');
  return correctLine(config, problem.path, { identify: identifyDocument, clock });
}

/** So that what is fetched again takes the place of what is damaged, and is not taken for the same. */
async function setAsideIfDamaged(
  configuration: Configuration,
  { destination, problem }: Damage,
  context: CommandContext,
): Promise<void> {
  const config = configuration.destinations.get(destination);
  if (!['altered', 'truncated'].includes(problem.kind)) return;
  switch (config?.type) {
    case 'file-system': {
      const { setAside } = await import('../destinations/file-system/set-aside.ts');
      await setAside(config, problem.path);
      break;
    }
    case 'sqlite': {
      const { distrustInSqlite } = await import('../destinations/sqlite/verify.ts');
      await distrustInSqlite(config, problem.item, context);
      break;
    }
    case 'sql-server': {
      const { distrustInSqlServer } = await import('../destinations/sql-server/verify.ts');
      await distrustInSqlServer(config, problem.item, { ...context, logger: silentLogger });
      break;
    }
  }
}

function changesFor(transfer: string, problem: Damage['problem'], now: number): readonly StateChange[] {
  const { kind, lsid, instance, lseq, sessionType, externalKey, startTime, endTime } = problem.item;
  const item = { kind, lsid: lsid ?? '', instance: instance ?? 0 };
  const names = { lseq, sessionType, externalKey, startTime, endTime };
  const reason = `${problem.kind} in the destination`;
  return [
    { type: 'lost', transfer, item },
    {
      type: 'owe',
      transfer,
      item: { ...item, since: now, attempts: 0, nextTry: 0, status: 'failed', reason, names },
    },
  ];
}
