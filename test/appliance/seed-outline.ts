import type { Seconds } from './clock.ts';
import { Random } from './random.ts';
import type { Outline } from './records.ts';

/** Which sessions to make up. The same options give the same sessions. */
export interface SeedOptions {
  readonly count: number;
  /** Closed sessions end from here … */
  readonly from: Seconds;
  /** … up to here, exclusive. Sessions in progress began before. */
  readonly to: Seconds;
  readonly seed?: number;
  /** Of a hundred sessions, how many are in progress (default 2). */
  readonly open?: number;
  /** Of a hundred sessions, how many ended abnormally, without an end time (default 2). */
  readonly abnormal?: number;
  /** Of a hundred closed sessions, how many have a recording (default 40). */
  readonly recorded?: number;
  /** About how many bytes of XML a session has at least (default: what comes). */
  readonly bytes?: number;
  /** Some window titles hold raw characters that XML forbids. */
  readonly forbiddenCharacters?: boolean;
  /** Some window titles hold bytes that are no UTF-8. */
  readonly brokenUtf8?: boolean;
}

/** Whether something that happens so often in a hundred happens to this one: spread evenly, so that few show it too. */
export function share(perHundred: number, index: number, phase: number): boolean {
  const at = (index * 61 + phase * 37) % 100;
  return at < perHundred;
}

type Outcome = 'closed' | 'open' | 'abnormal';

/** What decides whether a report shows a session: cheap, so that hundreds of thousands can be sorted out. */
export function outlineOf(options: SeedOptions, index: number): Outline {
  const random = new Random(options.seed ?? 1, index, 1);
  return { lsid: random.hex(32), ...timesOf(options, index, random), visibleFrom: null };
}

function timesOf(
  options: SeedOptions,
  index: number,
  random: Random,
): { readonly startTime: Seconds; readonly endTime: Seconds | null } {
  const { from, to } = options;
  const moment = from + Math.floor(random.fraction() * (to - from));
  switch (outcomeOf(options, index)) {
    case 'open':
      return { startTime: Math.max(from, to - random.between(60, 14_400)), endTime: null };
    case 'abnormal':
      return { startTime: moment, endTime: null };
    case 'closed': {
      const endTime = share(20, index, 3) ? crowdedSecond(options, index) : moment;
      return { startTime: endTime - secondsLong(random, index), endTime };
    }
  }
}

function outcomeOf({ open = 2, abnormal = 2 }: SeedOptions, index: number): Outcome {
  if (share(open, index, 1)) return 'open';
  return share(abnormal, index, 2) ? 'abnormal' : 'closed';
}

/** One second in which about twenty of a hundred sessions end. */
function crowdedSecond({ seed = 1, from, to }: SeedOptions, index: number): Seconds {
  const random = new Random(seed, Math.floor(index / 100), 2);
  return from + Math.floor(random.fraction() * (to - from));
}

function secondsLong(random: Random, index: number): number {
  if (share(2, index, 4)) return random.between(86_400, 5 * 86_400);
  return share(3, index, 5) ? random.between(0, 2) : random.between(40, 7200);
}
