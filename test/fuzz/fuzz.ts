import { randomInt } from 'node:crypto';
import type { TestContext } from 'node:test';
import fc from 'fast-check';

/** In the gate, every run has the same inputs. */
const usualSeed = 20_261_130;

const wanted = Number(process.env.IC_FUZZ_RUNS ?? 0);
const given = process.env.IC_FUZZ_SEED;

/** The seed of this process: what failed is found again with `IC_FUZZ_SEED`. */
const seed = given === undefined ? (wanted > 0 ? randomInt(2 ** 31) : usualSeed) : Number(given);

/** How many inputs are tried where `usual` is enough for the gate. */
export function runsOf(usual: number): number {
  return wanted > 0 ? wanted : usual;
}

/** Tries `usual` inputs, or as many as `IC_FUZZ_RUNS` says from a seed that is printed. */
export async function fuzz<T>(
  t: TestContext,
  inputs: fc.Arbitrary<T>,
  usual: number,
  check: (input: T) => void | Promise<void>,
): Promise<void> {
  const numRuns = runsOf(usual);
  if (wanted > 0) t.diagnostic(`${numRuns} runs, IC_FUZZ_SEED=${seed}`);
  await fc.assert(
    fc.asyncProperty(inputs, async (input) => check(input)),
    { numRuns, seed },
  );
}
