import fc from 'fast-check';
import { type PlannableStep, step } from '../step.ts';

const hour = 3600;
const day = 24 * hour;

/** From a minute to years, to either side. */
const leap = fc
  .tuple(
    fc.constantFrom(-1, 1),
    fc.oneof(
      fc.integer({ min: 60, max: 2 * hour }),
      fc.integer({ min: 2 * hour, max: 40 * day }),
      fc.constant(800 * day),
    ),
  )
  .map(([sign, seconds]) => sign * seconds);

const wait = step({
  name: 'time passes',
  weight: 5,
  parameters: fc.record({
    seconds: fc.oneof(
      { weight: 4, arbitrary: fc.integer({ min: 60, max: 900 }) },
      { weight: 4, arbitrary: fc.integer({ min: 900, max: day }) },
      { weight: 1, arbitrary: fc.integer({ min: day, max: 12 * day }) },
    ),
  }),
  take({ clocks }, { seconds }) {
    clocks.pass(seconds);
    return true;
  },
});

const applianceLeaps = step({
  name: 'the appliance’s clock leaps',
  weight: 1,
  parameters: fc.record({ seconds: leap }),
  take({ clocks }, { seconds }) {
    clocks.leapAppliance(seconds);
    return true;
  },
});

const machineLeaps = step({
  name: 'this machine’s clock leaps',
  weight: 1,
  parameters: fc.record({ seconds: leap }),
  take({ clocks }, { seconds }) {
    clocks.leapMachine(seconds);
    return true;
  },
});

const setRight = step({
  name: 'the clocks are set right',
  weight: 2,
  parameters: fc.constant(null),
  take({ clocks }) {
    if (clocks.areRight) return false;
    clocks.setRight();
    return true;
  },
});

const reboot = step({
  name: 'this machine is started anew',
  weight: 1,
  parameters: fc.constant(null),
  take({ clocks }) {
    clocks.reboot();
    return true;
  },
});

/** In the middle of the next pull, at one of its requests. */
const leapInPull = step({
  name: 'a clock leaps in mid-pull',
  weight: 1,
  parameters: fc.record({ whose: fc.constantFrom('appliance', 'machine'), seconds: leap, skip: fc.nat(6) }),
  async take(world, { whose, seconds, skip }) {
    const { appliance, clocks } = world;
    const rule = appliance.before(
      () => (whose === 'appliance' ? clocks.leapAppliance(seconds) : clocks.leapMachine(seconds)),
      { skip },
    );
    await world.pullAsTold();
    rule.remove();
    return rule.hits > 0;
  },
});

/** Its answers carry a wrong date, all of them or every other; what it says of itself is right. */
const wrongDate = step({
  name: 'a pull sees a wrong Date',
  weight: 1,
  parameters: fc.record({ seconds: leap, always: fc.boolean() }),
  async take(world, { seconds, always }) {
    const { appliance } = world;
    const value = new Date(appliance.clock.now() + seconds * 1000).toUTCString();
    const rule = appliance.faults.add(
      { type: 'date', value },
      { times: Number.POSITIVE_INFINITY, where: ({ number }) => always || number % 2 === 0 },
    );
    await world.pullAsTold();
    rule.remove();
    return rule.hits > 0;
  },
});

export const timeSteps: readonly PlannableStep[] = [wait];
export const clockSteps: readonly PlannableStep[] = [
  applianceLeaps,
  machineLeaps,
  setRight,
  reboot,
  leapInPull,
  wrongDate,
];
