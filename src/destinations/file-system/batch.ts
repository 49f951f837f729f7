import type { IndexedItem } from './item-index.ts';
import type { FileEntry } from './manifest-line.ts';
import type { Job } from './store-item.ts';

/**
 * Items that may get one name, and contents of one item, are stored one after another, in their order; others side by
 * side. Names that differ in case only are one to some file systems.
 */
export function groupedByName(jobs: readonly Job[]): readonly (readonly Job[])[] {
  const groups = new Map<string, Set<Job>>();
  for (const job of jobs) {
    const keys = keysOf(job);
    const joined = new Set(keys.flatMap((key) => [...(groups.get(key) ?? [])]));
    joined.add(job);
    for (const key of [...joined].flatMap(keysOf)) groups.set(key, joined);
  }
  const order = new Map(jobs.map((job, index) => [job, index]));
  const place = (job: Job) => order.get(job) ?? 0;
  return [...new Set(groups.values())].map((group) => [...group].sort((a, b) => place(a) - place(b)));
}

function keysOf(job: Job): readonly string[] {
  const name = `name ${job.target.normalize('NFC').toLowerCase()}`;
  return job.delivery.names.lsid === null ? [name] : [name, `item ${itemKeyOf(job)}`];
}

/** Those of the same item that are still to be stored find the new file, too. */
export function tellOthers(others: readonly Job[], stored: Job, entry: FileEntry): void {
  if (entry.lsid === null) return;
  for (const job of others) if (itemKeyOf(job) === itemKeyOf(stored)) job.own = [entry, ...job.own];
}

export function itemOf({ delivery: { names, kind } }: Job): IndexedItem {
  return { site: names.site, kind, lsid: names.lsid, instance: names.instance };
}

function itemKeyOf(job: Job): string {
  return JSON.stringify(itemOf(job));
}
