import { existsSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { destinationOf } from '../settings.ts';
import { type PlannableStep, pick, step } from '../step.ts';
import type { World } from '../world.ts';

/** Something is in the way of one session, and of its recordings: everything else goes on. */
const refused = step({
  name: 'a destination refuses a session',
  weight: 2,
  parameters: fc.record({ which: fc.nat(99) }),
  take(world, { which }) {
    const [transfer] = world.settings.transfers;
    if (transfer === undefined) return false;
    const { type, layout } = destinationOf(world.settings, transfer.destination);
    const place = world.place(transfer.destination);
    const held = new Set(
      world
        .storeOf(transfer.destination)
        .sessions()
        .map(({ lsid }) => lsid),
    );
    const free = world.appliance.sessions.all().filter(({ lsid }) => !held.has(lsid));
    const session = pick(free, which);
    if (session === undefined) return false;
    if (type === 'sqlite') return forbidRow(world, place, session.lsid);
    return layout === 'folders' && blockFolder(world, place, session.lsid);
  },
});

const allowed = step({
  name: 'nothing is in the way any more',
  weight: 1,
  parameters: fc.constant(null),
  take(world) {
    return world.removeObstacles();
  },
});

export const refusalSteps: readonly PlannableStep[] = [refused, allowed];

/** A file stands where the session's folder should be. */
function blockFolder(world: World, place: string, lsid: string): boolean {
  const path = join(place, lsid);
  if (existsSync(path)) return false;
  mkdirSync(place, { recursive: true });
  writeFileSync(path, 'in the way');
  world.obstruct(lsid, () => removeFile(join(currentPlace(world), lsid)));
  return true;
}

/** A folder of that name is the session's own by now. */
function removeFile(path: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.isFile()) rmSync(path);
}

function forbidRow(world: World, place: string, lsid: string): boolean {
  if (!existsSync(place)) return false;
  execute(
    place,
    `CREATE TRIGGER IF NOT EXISTS "refuse ${lsid}" BEFORE INSERT ON session WHEN NEW.lsid = '${lsid}'
     BEGIN SELECT RAISE(ABORT, 'not this one'); END`,
  );
  world.obstruct(lsid, () => execute(currentPlace(world), `DROP TRIGGER IF EXISTS "refuse ${lsid}"`));
  return true;
}

function currentPlace({ settings, directory }: World): string {
  return join(directory, settings.destinations[0]?.place ?? '');
}

function execute(path: string, sql: string): void {
  using database = new DatabaseSync(path);
  database.exec(sql);
}
