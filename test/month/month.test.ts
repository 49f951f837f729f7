import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { lsidFor } from '../appliance/specimens.ts';
import { assertArchived } from '../support/oracle.ts';
import { World } from './world.ts';

// In the night to the 29th the clock goes from two to three: 02:30, when `nightly` runs, is skipped.
process.env.TZ = 'Europe/Berlin';
const minute = 60_000;
const hour = 60 * minute;

/** `03-05 11:55` of the month, in the machine's time zone. */
function local(text: string): number {
  return new Date(`2026-${text.replace(' ', 'T')}:00`).getTime();
}

function toLocal(ms: number): string {
  const at = new Date(ms);
  const two = (value: number) => String(value).padStart(2, '0');
  return `${two(at.getMonth() + 1)}-${two(at.getDate())} ${two(at.getHours())}:${two(at.getMinutes())}`;
}

const begin = local('03-01 00:00');
const end = local('04-01 00:00');
const machineOff = { from: local('03-10 22:00'), until: local('03-12 09:17') };

/** What happens in the month besides. */
const happenings: readonly (readonly [at: string, what: (world: World) => unknown])[] = [
  ['03-05 11:55', (world) => world.breakAppliance({ type: 'reset' })],
  ['03-05 13:10', (world) => world.mendAppliance()],
  ['03-08 20:00', (world) => world.breakAppliance({ type: 'status', status: 503 })],
  ['03-08 20:00', (world) => world.stopMailServer()],
  ['03-08 20:20', (world) => world.startMailServer()],
  ['03-08 20:50', (world) => world.mendAppliance()],
  ['03-12 09:17', (world) => world.breakAppliance({ type: 'html' })],
  ['03-12 09:18', (world) => world.mendAppliance()],
  ['03-14 02:00', (world) => world.breakAppliance({ type: 'reset' })],
  ['03-14 02:33', (world) => world.mendAppliance()],
  ['03-17 09:00', (world) => world.loseDisk()],
  ['03-20 10:00', (world) => world.findDisk()],
  ['03-24 11:00', (world) => world.breakAppliance({ type: 'status', status: 503 })],
  ['03-24 12:10', (world) => world.mendAppliance()],
  ['03-24 12:10', (world) => world.stopMailServer()],
  ['03-24 13:00', (world) => world.startMailServer()],
];

/** Which runs there must be, as `MM-DD HH:MM transfer status`. */
const expectedRuns = [
  ...everySixHours('03-01 00:00', '03-05 06:00'),
  ...failed('03-05', '12:00 12:01 12:02 12:04 12:08 12:16 12:32 13:04'),
  ...everySixHours('03-05 14:08', '03-08 14:08'),
  ...failed('03-08', '20:08 20:09 20:10 20:12 20:16 20:24 20:40'),
  // The machine is off from 22:00, for two of these and six more.
  ...everySixHours('03-08 21:12', '03-10 21:12'),
  ...failed('03-12', '09:17'),
  ...everySixHours('03-12 09:18', '03-17 03:18'),
  // Without its disk a run fails: soon again at first, with growing pauses, at last by the schedule.
  ...failed('03-17', '09:18 09:19 09:20 09:22 09:26 09:34 09:50 10:22 11:26 13:34 17:50'),
  ...everySixHours('03-17 23:50', '03-20 05:50', 'failed'),
  ...everySixHours('03-20 11:50', '03-24 05:50'),
  ...failed('03-24', '11:50 11:51 11:52 11:54 11:58 12:06'),
  ...everySixHours('03-24 12:22', '04-01 00:00'),
  '03-01 00:00 nightly ok',
  ...days(1, 10).map((day) => `${day} 02:30 nightly ok`),
  // Two nights were missed; that is made up once, in the run that finds the appliance well.
  '03-12 09:17 nightly failed',
  '03-12 09:18 nightly ok',
  '03-13 02:30 nightly ok',
  ...['30', '31', '32'].map((past) => `03-14 02:${past} nightly failed`),
  '03-14 02:34 nightly ok',
  ...days(15, 28).map((day) => `${day} 02:30 nightly ok`),
  '03-29 03:30 nightly ok',
  ...days(30, 31).map((day) => `${day} 02:30 nightly ok`),
  ...['01', '08', '15', '22', '29'].map((day) => `03-${day} 00:00 backups ok`),
].sort();

const expectedMails = [
  ['03-05 12:00', 'sessions failed'],
  ['03-05 14:08', 'sessions recovered'],
  // The mail server was out of order when it began, at 20:08.
  ['03-08 20:24', 'sessions failed'],
  ['03-08 21:12', 'sessions recovered'],
  // One mail for a run, whatever the number of transfers.
  ['03-12 09:17', '2 transfers failed'],
  ['03-12 09:18', '2 transfers recovered'],
  ['03-14 02:30', 'nightly failed'],
  ['03-14 02:34', 'nightly recovered'],
  ['03-17 09:18', 'sessions failed'],
  ['03-18 11:50', 'sessions still failing'],
  ['03-19 11:50', 'sessions still failing'],
  ['03-20 11:50', 'sessions recovered'],
  ['03-24 11:50', 'sessions failed'],
  // … and when it had passed, at 12:22.
  ['03-24 18:22', 'sessions recovered'],
];

test('a month: the right runs, mails and pings, and an archive without a gap', async (t) => {
  await using world = await World.start(t, begin);
  seedSessions(world);
  const runs = await liveThrough(world);
  assert.deepEqual(
    runs.flatMap(({ at, ran }) => ran.map(({ name, status }) => `${toLocal(at)} ${name} ${status}`)).sort(),
    expectedRuns,
  );
  assert.deepEqual(
    world.mails.map(({ at, subject }) => [toLocal(at), /^\[ic\] ([^:]*)/.exec(subject)?.[1]]),
    expectedMails,
  );
  assert.deepEqual(world.monitor.lines, expectedPings());
  await assertArchived(world.appliance, join(world.directory, 'archive'));
  await assertArchived(world.appliance, join(world.directory, 'vault'));
  const backups = (await readdir(join(world.directory, 'safe'))).filter((name) => name.endsWith('.nsb'));
  assert.equal(backups.length, 5);
  assert.equal((await world.ic(['verify', '--quiet'])).code, 0);
});

interface Run {
  readonly at: number;
  readonly ran: Awaited<ReturnType<World['pullDue']>>;
}

/**
 * `ic pull --due` in each minute of the month. A minute in which nothing is due by the state is passed over, since
 * such a run changes nothing: in some hundreds of these minutes it is run all the same, and leaves no trace.
 */
async function liveThrough(world: World): Promise<readonly Run[]> {
  const runs: Run[] = [];
  const ahead = [...happenings];
  let due: (ms: number) => boolean = () => true;
  let idle = 0;
  for (let at = begin; at < end; at += minute) {
    for (let next = ahead[0]; next !== undefined && local(next[0]) <= at; next = ahead[0]) {
      await next[1](world);
      ahead.shift();
    }
    if (at >= machineOff.from && at < machineOff.until) continue;
    world.passTo(at + jitter(at));
    if (due(world.nowMs)) {
      const ran = await world.pullDue();
      runs.push({ at, ran });
      due = await world.schedule();
    } else {
      idle += 1;
      if (idle % 211 === 0) await assertIdle(world);
    }
  }
  assert.ok(idle > 40_000, 'in most minutes nothing is due');
  return runs;
}

/** cron begins two or three seconds after the minute. */
function jitter(at: number): number {
  return Math.floor(at / minute) % 7 < 3 ? 3000 : 2000;
}

async function assertIdle(world: World): Promise<void> {
  const before = await world.traces();
  assert.deepEqual(await world.pullDue(), []);
  assert.deepEqual(await world.traces(), before);
}

/** Sessions of all lengths up to a day, the last of which has ended before the last run of each transfer. */
function seedSessions({ appliance }: World): void {
  const last = local('03-31 00:00');
  for (let start = local('02-28 12:00'), count = 0; start < last - hour; start += 97 * minute, count += 1) {
    const length = count % 20 === 0 ? 20 * hour : ((count * 37) % 300) * minute;
    appliance.sessions.add({
      lsid: lsidFor(`session ${count}`),
      startTime: start / 1000,
      endTime: Math.min(start + length, last) / 1000,
    });
  }
}

function everySixHours(first: string, last: string, status = 'ok'): readonly string[] {
  const runs: string[] = [];
  for (let at = local(first); at <= local(last) && at < end; at += 6 * hour) {
    runs.push(`${toLocal(at)} sessions ${status}`);
  }
  return runs;
}

function failed(day: string, times: string): readonly string[] {
  return times.split(' ').map((time) => `${day} ${time} sessions failed`);
}

function days(first: number, last: number): readonly string[] {
  return Array.from(
    { length: last - first + 1 },
    (_, index) => `03-${String(first + index).padStart(2, '0')}`,
  );
}

/** Each run says when it begins and how it ends. */
function expectedPings(): readonly string[] {
  const failing = new Map<string, boolean>();
  for (const run of expectedRuns) {
    const at = run.slice(0, 11);
    failing.set(at, run.endsWith('failed') || failing.get(at) === true);
  }
  return [...failing.values()].flatMap((fails) => [
    'GET /ping/start',
    fails ? 'POST /ping/fail' : 'GET /ping',
  ]);
}
