import fc from 'fast-check';
import { MortalProcess } from '../mortal-process.ts';
import { type PlannableStep, step } from '../step.ts';

/** Every place in a pull at which a test can make it die. */
const points = [
  ...['file:written', 'file:synced', 'file:renamed', 'file:directory-synced'],
  ...['manifest:written', 'manifest:synced', 'manifest:noted'],
  ...['state:written', 'state:synced', 'state:previous-kept', 'state:renamed'],
  ...['download:written', 'download:synced', 'sqlite:written', 'sqlite:committed'],
];

/** One for all histories: a process that comes to no such place lives on. */
export const mortal = new MortalProcess();

const killed = step({
  name: 'a pull is killed',
  weight: 2,
  parameters: fc.record({ point: fc.constantFrom(...points), hit: fc.integer({ min: 1, max: 4 }) }),
  async take(world, { point, hit }) {
    const { directory, clocks } = world;
    const ran = await mortal.run({
      directory,
      parameters: ['pull'],
      now: clocks.machine.now(),
      uptime: clocks.uptime(),
      killPoint: `${point}:${hit}`,
    });
    if (ran === null) return true;
    world.took('pull', ran);
    return false;
  },
});

export const killSteps: readonly PlannableStep[] = [killed];
