import type { Appliance } from '../appliance/appliance.ts';
import { type Clock, toIso, type UnixSeconds } from '../platform/clock.ts';
import type { SiteClock } from '../state/state.ts';
import type { Moment, PullContext } from './context.ts';

const minute = 60;
const hour = 3600;

/** Seconds between clocks. */
export const tolerances = {
  /** Clocks are set by a second now and then, and the nodes of an appliance may differ by as much. */
  jitter: 5,
  /** Readings that are nearer than that agree: less than any mistake about time zones. */
  near: 20 * minute,
  /** How far the appliance's clock may run ahead of the time that passes here before it leaps. */
  leap: hour + 5 * minute,
} as const;

/** What there is to know the time from at the start of a run. Instants in UNIX seconds. */
export interface Readings {
  /** By the `Date` of the answers so far, the earliest; null: none had one. */
  readonly date: UnixSeconds | null;
  /** By `get_api_info`; null: it was not asked, or may not be. */
  readonly timestamp: UnixSeconds | null;
  /** This machine's clock, and how long it has been running. */
  readonly machine: UnixSeconds;
  readonly uptime: number | null;
  readonly boot: string | null;
  /** The reading of the run before; null: there is none. */
  readonly last: SiteClock | null;
}

/** What the sources of time agree on. */
export interface Agreement {
  /** The appliance's present time. */
  readonly shown: UnixSeconds;
  /** Whether two sources say so. */
  readonly isConfirmed: boolean;
  /** The earliest of all sources. */
  readonly earliest: UnixSeconds;
  /** How far the sources are apart, in seconds. */
  readonly spread: number;
  /** Whether the appliance's own readings disagree. */
  readonly isDivided: boolean;
  /** What the sources say, and which time counts. */
  readonly sources: string;
}

/**
 * The earlier of the appliance's own readings counts, since a window that ends too early loses nothing. One that this
 * machine's clock agrees with outvotes a Date that is too early: many things may date an answer, but only the appliance
 * answers `get_api_info`.
 */
export function agree(readings: Readings): Agreement {
  const { date, timestamp, machine } = readings;
  const own = [date, timestamp].filter((time) => time !== null);
  const earliestOwn = Math.min(...own);
  const isOutvoted = timestamp !== null && earliestOwn < timestamp && !near(earliestOwn, timestamp);
  const chosen = isOutvoted && near(timestamp, machine) ? timestamp : earliestOwn;
  const confirming = own.filter((time) => near(time, chosen)).length + (near(machine, chosen) ? 1 : 0);
  const isConfirmed = confirming > 1;
  const shown = isConfirmed ? chosen : notBefore(endOfReports(readings), chosen, machine);
  return {
    shown,
    isConfirmed,
    earliest: Math.min(shown, machine),
    spread: Math.max(...own, machine) - Math.min(...own, machine),
    isDivided: !own.every((time) => near(time, chosen)),
    sources: describe(readings, shown),
  };
}

/** A session cannot have ended later than the time is: its end refutes a clock that is behind it, if this machine's is not. */
function notBefore(end: UnixSeconds | null, time: UnixSeconds, machine: UnixSeconds): UnixSeconds {
  return end !== null && end > time && end <= machine + tolerances.near ? end : time;
}

/** What the newest end in earlier reports amounts to now. */
function endOfReports(readings: Readings): UnixSeconds | null {
  const newest = readings.last?.newestEnd ?? null;
  return newest === null || readings.last === null ? null : newest + elapsedSince(readings.last, readings);
}

function describe({ date, timestamp, machine }: Readings, shown: UnixSeconds): string {
  const said = [
    ...(date === null ? [] : [`the Date of its answers says ${toIso(date)}`]),
    ...(timestamp === null ? [] : [`get_api_info says ${toIso(timestamp)}`]),
    `this machine's clock says ${toIso(machine)}`,
  ];
  return `${said.join(', ')}; ${toIso(shown)} counts`;
}

function near(a: UnixSeconds, b: UnixSeconds): boolean {
  return Math.abs(a - b) <= tolerances.near;
}

/** Which time a run may count by, and what the next one is to compare with. */
export interface Trust {
  readonly now: UnixSeconds;
  /** False: it may be wrong, and nothing is decided by it that cannot be undone. */
  readonly isConfirmed: boolean;
  /** What is kept as `SiteClock.trusted`. */
  readonly keep: UnixSeconds;
  /** Seconds that the clock is ahead of what the time that has passed here explains; 0 when it explains all. */
  readonly leapt: number;
}

/** A machine that loses its time with each start explains no leap: after so many, each of them confirms those before. */
const fewestLeaps = 3;

/**
 * A reading is confirmed when it follows from the one before, or from the time that was trusted, by as much as has passed here. One that
 * leaps ahead is believed when the next run sees it again; until then the trusted time goes on by what has passed here,
 * or to what an earlier run saw already. One that falls behind is followed, since looking again is harmless, but the trusted
 * time is kept in case that it was a single wrong answer.
 */
export function trust(agreed: Agreement, readings: Readings): Trust {
  const { shown, isConfirmed } = agreed;
  const { last } = readings;
  if (last === null) {
    const now = isConfirmed ? shown : agreed.earliest;
    return { now, isConfirmed, keep: now, leapt: 0 };
  }
  const elapsed = elapsedSince(last, readings);
  const expected = last.trusted + elapsed;
  const follows = shown >= last.shown - tolerances.jitter && shown <= last.shown + elapsed + tolerances.leap;
  if (follows || Math.abs(shown - expected) <= tolerances.leap) {
    return { now: shown, isConfirmed: true, keep: shown, leapt: 0 };
  }
  const now = Math.min(shown, Math.max(expected, last.shown));
  if (shown < expected) return { now, isConfirmed: false, keep: expected, leapt: 0 };
  const isUsual = last.unconfirmed >= fewestLeaps;
  return { now, isConfirmed: isUsual, keep: now, leapt: shown - now };
}

/**
 * Seconds that have passed on this machine since a reading: by its uptime, which no setting of its clock changes, else by
 * its clock. Where it is not known whether it was the same boot, the smaller of both: what is too small costs one
 * unconfirmed run.
 */
export function elapsedSince(last: SiteClock, here: Pick<Readings, 'machine' | 'uptime' | 'boot'>): number {
  const byClock = Math.max(0, here.machine - last.machine);
  if (here.uptime === null || last.uptime === null || here.uptime < last.uptime) return byClock;
  const byUptime = here.uptime - last.uptime;
  if (here.boot === null || last.boot === null) return Math.min(byUptime, byClock);
  return here.boot === last.boot ? byUptime : byClock;
}

/** One reading per site and process: transfers of one run must not confirm each other. */
const readOf = new WeakMap<Appliance, Promise<Readings & { readonly at: number }>>();

async function readingsOf(context: PullContext): Promise<Readings> {
  const { appliance, clock } = context;
  const reading = readOf.get(appliance) ?? read(context);
  readOf.set(appliance, reading);
  reading.catch(() => readOf.delete(appliance));
  const { at, ...readings } = await reading;
  return later(readings, Math.floor((clock.monotonic() - at) / 1000));
}

async function read({ appliance, ledger, site, clock, signal }: PullContext) {
  const last = ledger.siteClock(site.name);
  const shown = await appliance.now(signal);
  const here = hereOf(clock);
  const expected = last === null ? [here.machine] : [here.machine, last.shown + elapsedSince(last, here)];
  const isExpected = appliance.earliestDate() !== null && expected.every((time) => near(time, shown));
  const timestamp = isExpected ? null : await appliance.timestamp(signal);
  // After the question, whose answer has a Date of its own.
  const date = appliance.earliestDate();
  return { ...hereOf(clock), date: date && Math.floor(date), timestamp, last, at: clock.monotonic() };
}

function hereOf(clock: Clock): Pick<Readings, 'machine' | 'uptime' | 'boot'> {
  const uptime = clock.uptime?.() ?? null;
  return {
    machine: Math.floor(clock.now() / 1000),
    uptime: uptime && Math.floor(uptime.seconds),
    boot: uptime?.boot ?? null,
  };
}

function later(readings: Readings, seconds: number): Readings {
  const { date, timestamp, machine, uptime } = readings;
  return {
    ...readings,
    date: date && date + seconds,
    timestamp: timestamp && timestamp + seconds,
    machine: machine + seconds,
    uptime: uptime && uptime + seconds,
  };
}

/** The time as the run goes by it. What is doubtful about it is said, and what it shows is noted for the next run. */
export async function presentMoment(context: PullContext): Promise<Moment> {
  const { ledger, site, transfer } = context;
  const readings = await readingsOf(context);
  const agreed = agree(readings);
  const trusted = trust(agreed, readings);
  sayHowFarOff(context);
  sayWhatIsInDoubt(context, agreed, readings);
  sayThatItLeapt(context, agreed, trusted);
  const { machine, uptime, boot } = readings;
  const newestEnd = agreed.isConfirmed ? null : endOfReports(readings);
  const unconfirmed = trusted.leapt > 0 || !trusted.isConfirmed ? (readings.last?.unconfirmed ?? 0) + 1 : 0;
  const reading = {
    shown: agreed.shown,
    trusted: trusted.keep,
    unconfirmed,
    machine,
    uptime,
    boot,
    newestEnd,
  };
  ledger.sawTime(site.name, reading);
  const safe = agreed.isConfirmed ? agreed.shown : agreed.earliest;
  return {
    shown: agreed.shown,
    now: trusted.now,
    until: agreed.shown - transfer.settle,
    reaches: Math.min(safe, trusted.now) - transfer.settle,
    isConfirmed: trusted.isConfirmed,
    reading: agreed.isConfirmed ? null : reading,
  };
}

function sayHowFarOff({ appliance, logger, site }: PullContext): void {
  const difference = appliance.clockDifference() ?? 0;
  if (Math.abs(difference) <= minute) return;
  logger.warn(
    `The clock of ${site.host} is ${Math.abs(Math.round(difference))} s ${difference > 0 ? 'ahead of' : 'behind'} this machine's; windows follow the appliance's`,
  );
}

function sayWhatIsInDoubt(
  { logger, site, transfer, tally }: PullContext,
  { isConfirmed, isDivided, spread, sources }: Agreement,
  { timestamp }: Readings,
): void {
  if (isConfirmed && !isDivided) return;
  const inDoubt = `Sources disagree about the time of ${site.host}: ${sources}`;
  if (isConfirmed || spread <= Math.max(tolerances.near, transfer.overlap + minute)) {
    logger.warn(inDoubt);
    return;
  }
  const remedy =
    timestamp === null
      ? 'Give the account read-only permission for the command API, so that get_api_info can tell, or set the clocks.'
      : 'Set the clocks, and let whatever stands between here and the appliance pass on the Date of its answers.';
  const warning = `${inDoubt}, and nothing confirms it. ${remedy}`;
  logger.warn(warning);
  tally.warnings.push(warning);
}

function sayThatItLeapt({ logger, site }: PullContext, { shown }: Agreement, { leapt, now }: Trust): void {
  if (leapt === 0) return;
  logger.warn(
    `The clock of ${site.host} has leapt ahead to ${toIso(shown)}, which the time that has passed here does not explain. Until a later pull confirms it, ages are counted as of ${toIso(now)}, and nothing is given up, abandoned or forgotten`,
  );
}

/**
 * A session that ended later than the time that counts shows that this is behind: the next run begins with what it shows.
 * Where the time is confirmed, such an end was written by a clock that was ahead.
 */
export function noteEnds(context: PullContext, moment: Moment, runSeconds: number): void {
  const { ledger, tally, site, logger } = context;
  const { reading } = moment;
  const end = (tally.newestEnd ?? 0) - Math.max(0, Math.ceil(runSeconds));
  if (reading === null || end <= moment.shown || end > reading.machine + tolerances.near) return;
  logger.warn(
    `A session of ${site.host} ended at ${toIso(end)}, later than the time that counts, ${toIso(moment.shown)}: the next pull goes by it`,
  );
  ledger.sawTime(site.name, { ...reading, newestEnd: Math.max(end, reading.newestEnd ?? 0) });
}
