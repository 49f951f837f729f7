import assert from 'node:assert/strict';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import fc from 'fast-check';
import type { Ran } from '../command-line.ts';
import { type PlannableStep, pick, step } from '../step.ts';
import { copyPlace, movePlace } from '../store.ts';
import type { World } from '../world.ts';

const which = fc.nat(3);

/** Another disk, or none, is where the archive was; a pull must leave it alone, and the next one goes on with the right disk. */
const exchanged = step({
  name: 'a destination is exchanged for an empty one',
  weight: 1,
  parameters: fc.record({ which, leaves: fc.constantFrom('nothing', 'a directory') }),
  async take(world, { which: index, leaves }) {
    const name = used(world, index);
    if (!world.acquainted.has(name) || world.storeOf(name).sessions().length === 0) return false;
    const place = world.place(name);
    movePlace(place, `${place}.away`);
    if (leaves === 'a directory' && isFiles(world, name)) mkdirSync(place);
    const ran = await world.pull(transfersInto(world, name));
    assertStopped(ran);
    assert.deepEqual(world.storeOf(name).sessions(), [], 'it was written to');
    movePlace(`${place}.away`, place);
    return true;
  },
});

/** The disk goes away in the middle of a pull. */
const exchangedInPull = step({
  name: 'a destination is exchanged in mid-pull',
  weight: 1,
  parameters: fc.record({ which, skip: fc.nat(5) }),
  async take(world, { which: index, skip }) {
    const name = used(world, index);
    if (!world.acquainted.has(name) || !isFiles(world, name)) return false;
    const place = world.place(name);
    const rule = world.appliance.before(
      () => {
        movePlace(place, `${place}.away`);
        mkdirSync(place);
      },
      { skip },
    );
    await world.pull(transfersInto(world, name));
    rule.remove();
    if (rule.hits > 0) movePlace(`${place}.away`, place);
    return rule.hits > 0;
  },
});

const backedUp = step({
  name: 'a destination is backed up',
  weight: 2,
  parameters: fc.record({ which }),
  take(world, { which: index }) {
    const place = world.place(used(world, index));
    if (!existsSync(place)) return false;
    copyPlace(place, `${place}.kept`);
    return true;
  },
});

/** The way back is the one that the message names. */
const restored = step({
  name: 'a destination is restored from an older copy',
  weight: 2,
  parameters: fc.record({ which }),
  async take(world, { which: index }) {
    const name = used(world, index);
    const place = world.place(name);
    if (!existsSync(`${place}.kept`)) return false;
    const lost = missingFrom(world, name, place);
    copyPlace(`${place}.kept`, place);
    if (!world.acquainted.has(name) || !lost) return true;
    const ran = await world.pull(transfersInto(world, name));
    assertStopped(ran);
    await world.pullAsTold(transfersInto(world, name));
    return true;
  },
});

export const destinationSteps: readonly PlannableStep[] = [exchanged, backedUp, restored];
/** Where a destination is a directory. */
export const diskSteps: readonly PlannableStep[] = [exchangedInPull];

function assertStopped({ code, errors }: Ran): void {
  assert.equal(code, 74, 'a destination that is not the known one');
  assert.ok(
    errors.every(({ hint }) => hint !== null),
    'and no way on',
  );
}

/** Whether the copy has fewer sessions than the destination has now. */
function missingFrom(world: World, name: string, place: string): boolean {
  const now = world.storeOf(name).sessions().length;
  movePlace(place, `${place}.now`);
  copyPlace(`${place}.kept`, place);
  const then = world.storeOf(name).sessions().length;
  rmSync(place, { recursive: true });
  movePlace(`${place}.now`, place);
  return then < now;
}

function used({ settings }: World, index: number): string {
  return pick(settings.transfers, index)?.destination ?? '';
}

function isFiles({ settings }: World, name: string): boolean {
  return settings.destinations.some((one) => one.name === name && one.type === 'file-system');
}

function transfersInto({ settings }: World, name: string): readonly string[] {
  return settings.transfers
    .filter(({ destination }) => destination === name)
    .map((transfer) => transfer.name);
}
