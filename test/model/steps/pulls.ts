import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type PlannableStep, pick, step } from '../step.ts';

const pull = step({
  name: 'a pull',
  weight: 8,
  parameters: fc.constant(null),
  async take(world) {
    await world.pullAsTold();
    return true;
  },
});

const pullOne = step({
  name: 'a pull of one transfer',
  weight: 1,
  parameters: fc.record({ which: fc.nat(3) }),
  async take(world, { which }) {
    const { transfers } = world.settings;
    if (transfers.length < 2) return false;
    await world.pullAsTold([pick(transfers, which)?.name ?? '']);
    return true;
  },
});

const faults = {
  reset: { type: 'reset-body', after: 0.6 },
  truncated: { type: 'truncate', after: 0.6 },
  unavailable: { type: 'status', status: 503 },
  html: { type: 'html' },
  error: { type: 'error', text: 'The database is being upgraded.' },
  unauthorized: { type: 'status', status: 401 },
} as const;

const pullUnderFault = step({
  name: 'a pull under a fault',
  weight: 3,
  parameters: fc.record({
    fault: fc.constantFrom(...(Object.keys(faults) as (keyof typeof faults)[])),
    skip: fc.nat(4),
  }),
  async take(world, { fault, skip }) {
    const rule = world.appliance.faults.add(faults[fault], {
      where: ({ report }) => report === 'SupportSession',
      skip,
      times: Number.POSITIVE_INFINITY,
    });
    const ran = await world.pullAsTold();
    rule.remove();
    if (rule.hits > 0) assert.notEqual(ran.code, 0, `${fault} looked like success`);
    return rule.hits > 0;
  },
});

/** The same transfers by two runs, of which one leaves each transfer to the other. */
const twoAtOnce = step({
  name: 'two pulls at once',
  weight: 2,
  parameters: fc.constant(null),
  async take(world) {
    const both = await world.pullAtOnce([[], []]);
    if (both.some(({ code }) => code === 75)) world.saw('a held lock');
    return true;
  },
});

/** What a person asks for by period. */
const since = step({
  name: 'a pull of a period',
  weight: 1,
  parameters: fc.record({ days: fc.integer({ min: 1, max: 60 }) }),
  async take(world, { days }) {
    await world.pull(['--since', `${days}d`]);
    return true;
  },
});

const rewind = step({
  name: 'a watermark is set back',
  weight: 1,
  parameters: fc.record({ which: fc.nat(3), days: fc.integer({ min: 1, max: 40 }) }),
  async take(world, { which, days }) {
    const transfer = pick(world.settings.transfers, which);
    if (transfer === undefined) return false;
    const ran = await world.ic(['state', 'rewind', transfer.name, '--to', `${days}d`]);
    return ran.code === 0;
  },
});

export const pullSteps: readonly PlannableStep[] = [pull, pullUnderFault, twoAtOnce];
/** Where there are several transfers. */
export const severalSteps: readonly PlannableStep[] = [pullOne];
export const askedSteps: readonly PlannableStep[] = [since, rewind];
