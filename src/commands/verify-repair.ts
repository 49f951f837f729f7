import type { Configuration } from '../config/configuration.ts';
import type { StoredItem, StoredProblem } from '../destinations/verification.ts';
import { IcError } from '../platform/errors.ts';
import { acquireLock } from '../platform/lock.ts';
import { silentLogger } from '../platform/logger.ts';
import { transferLockName } from '../state/lock.ts';
import type { State, StateChange } from '../state/state.ts';
import { openState } from '../state/store.ts';
import type { CommandContext } from './command.ts';

export interface Damage {
  readonly destination: string;
  readonly problem: StoredProblem & { readonly item: StoredItem };
}

/** Owes again what was found missing or damaged. Resolves with how many items that are. */
export async function repairArchive(
  configuration: Configuration,
  damages: readonly Damage[],
  context: CommandContext,
): Promise<number> {
  const now = Math.floor(context.clock.now() / 1000);
  const state = await openState(configuration.state.path, { clock: context.clock, signal: context.signal });
  let owed = 0;
  for (const [transfer, ofTransfer] of byTransfer(damages, configuration, state)) {
    const lock = await acquireLock(await transferLockName(configuration.state.path, transfer), {
      waitMs: 10_000,
    });
    if (lock === null) {
      throw new IcError('locked', `A run holds transfer ${transfer}.`, {
        hint: 'Repair again when it has ended.',
      });
    }
    try {
      for (const damage of ofTransfer) await setAsideIfDamaged(configuration, damage, context);
      await state.commit(ofTransfer.flatMap(({ problem }) => changesFor(transfer, problem, now)));
      owed += ofTransfer.length;
    } finally {
      await lock.release();
    }
  }
  return owed;
}

/** Under the transfer that delivered it, or under one that would deliver it now. */
function byTransfer(
  damages: readonly Damage[],
  configuration: Configuration,
  state: State,
): ReadonlyMap<string, readonly Damage[]> {
  const groups = new Map<string, Damage[]>();
  for (const damage of damages) {
    const { item } = damage.problem;
    const transfer = [...configuration.transfers.values()]
      .filter(
        ({ destination, site, data }) =>
          destination === damage.destination && site === item.site && data.includes(item.kind),
      )
      .toSorted((a, b) => Number(b.name === item.transfer) - Number(a.name === item.transfer))
      .find(({ name }) => state.transfer(name) !== null);
    if (transfer === undefined || item.lsid === null) continue;
    groups.set(transfer.name, [...(groups.get(transfer.name) ?? []), damage]);
  }
  return groups;
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
