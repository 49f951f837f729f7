import { copyFileSync, existsSync, rmSync } from 'node:fs';
import fc from 'fast-check';
import { type PlannableStep, step } from '../step.ts';

const lose = step({
  name: 'the state is lost',
  weight: 1,
  parameters: fc.constant(null),
  take(world) {
    if (!existsSync(world.statePath)) return false;
    for (const suffix of ['', '.previous']) rmSync(world.statePath + suffix, { force: true });
    world.acquainted.clear();
    return true;
  },
});

const keep = step({
  name: 'the state is backed up',
  weight: 1,
  parameters: fc.constant(null),
  take({ statePath }) {
    if (!existsSync(statePath)) return false;
    copyFileSync(statePath, `${statePath}.kept`);
    return true;
  },
});

const restore = step({
  name: 'the state is restored',
  weight: 1,
  parameters: fc.constant(null),
  take(world) {
    const { statePath } = world;
    if (!existsSync(`${statePath}.kept`)) return false;
    copyFileSync(`${statePath}.kept`, statePath);
    world.acquainted.clear();
    return true;
  },
});

export const stateSteps: readonly PlannableStep[] = [lose, keep, restore];
