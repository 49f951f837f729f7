import assert from 'node:assert/strict';
import type { Ran } from './command-line.ts';
import { giveUpAfterDays } from './settings.ts';
import type { World } from './world.ts';

/** Recordings, by their `keyText`, that `ic` said it will never have, and what it said. */
export type Losses = Map<string, string>;

const day = 86_400;
const lost =
  /(\S+-recordings) (\d+) of session ([0-9a-f]{32}) (?:is given up|has expired)|Session ([0-9a-f]{32}) (?:is given up|was open when it was last seen, and the appliance no longer knows)/g;

/**
 * Notes what a pull said it will never have: such a pull does not end with 0, and what it says is true. Only what has
 * expired, or has not been ready for long, may be given up.
 */
export function assertTold(world: World, { code, log }: Ran): void {
  for (const [line, kind, instance, recorded, session] of log.matchAll(lost)) {
    assert.notEqual(code, 0, `it said "${line}" and ended with 0`);
    const lsid = recorded ?? session ?? '';
    assert.ok(kind !== undefined && isTrulyLost(world, kind, lsid, Number(instance)), `untrue: ${line}`);
    world.losses.set(`${kind} ${lsid} ${instance}`, line);
  }
}

function isTrulyLost({ truth, clocks }: World, kind: string, lsid: string, instance: number): boolean {
  const key = { kind, lsid, instance } as Parameters<typeof truth.isExpired>[0];
  const { endedAt = null } = truth.session(lsid) ?? {};
  const waited = endedAt === null ? 0 : clocks.now - endedAt;
  return truth.isExpired(key) || waited >= (giveUpAfterDays - 1) * day;
}
