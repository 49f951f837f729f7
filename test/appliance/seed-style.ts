import type { Random } from './random.ts';
import { share } from './seed-outline.ts';
import type { StyleSpec } from './spec.ts';

/** How one session is written: appliances and releases differ, and so do these. */
export function seedStyle(random: Random, index: number): StyleSpec {
  return {
    text: random.pick(['entities', 'mixed', 'cdata', 'references']),
    empty: random.pick(['pair', 'single']),
    openEnd: random.pick(['empty', 'absent']),
    offsetMinutes: share(20, index, 19) ? random.pick([120, -300, 330]) : 0,
    order: random.pick(['documented', 'documented', 'other', 'shuffled']),
    fieldKey: random.pick(['id', 'name', 'both']),
    omitLsid: false,
  };
}
