import type { UnixSeconds } from '../platform/clock.ts';
import type { Kind } from '../platform/kinds.ts';
import { encodeHash, neverToBeHad } from './hash.ts';
import { recordRun } from './history.ts';
import type { Image } from './image.ts';
import { readDelivered } from './queries.ts';
import type { ItemKey, StateChange } from './state.ts';

type ChangeTypes = { readonly [Change in StateChange as Change['type']]: Change };
type Change<Type extends keyof ChangeTypes = keyof ChangeTypes> = {
  [Key in Type]: { readonly type: Key } & ChangeTypes[Key];
}[Type];

const appliers: { readonly [Type in keyof ChangeTypes]: (image: Image, change: Change<Type>) => void } = {
  begin,
  repoint,
  rename,
  recorded: setRecorded,
  place: setPlace,
  'left-out': setLeftOut,
  extend,
  forget: (image, { transfer }) => forget(image, transfer),
  run: (image, { transfer, run }) => recordRun(image, transferId(image, transfer), run),
  notified: setNotified,
  delivered: setDelivered,
  unobtainable: setUnobtainable,
  watermark: advance,
  since: setSince,
  'set-back': setBack,
  rewind,
  sweep: setSweep,
  open: rememberOpen,
  closed: forgetOpen,
  owe,
  abandoned: setAbandoned,
  forgotten: (image, { transfer, kind, lsid }) => remove(image, 'abandoned', transfer, { kind, lsid }),
  'given-up': giveUp,
  'given-up-for-good': (image, { transfer, item }) => remove(image, 'given_up', transfer, item),
  'owe-again': oweAgain,
  'site-clock': setSiteClock,
  lost,
  settled: settle,
  prune,
  'found-locked': countLocked,
  'lock-taken': (image, { transfer }) => forgetLocked(image, transfer),
};

/** Applies changes in their order. A change that says what is so already changes nothing. */
export function applyChanges(image: Image, changes: readonly StateChange[]): void {
  for (const change of changes) applyChange(image, change);
}

function applyChange<Type extends keyof ChangeTypes>(image: Image, change: Change<Type>): void {
  appliers[change.type](image, change);
}

function begin(image: Image, { transfer, site, destination, host }: Change<'begin'>): void {
  if (image.get('SELECT 1 FROM transfer WHERE name = ?', [transfer]) === null) {
    image.run('INSERT INTO transfer (name, site, destination) VALUES (?, ?, ?)', [
      transfer,
      site,
      destination,
    ]);
  }
  if (host === undefined) return;
  image.run('UPDATE transfer SET host = ?1 WHERE name = ?2 AND host IS NOT ?1', [host, transfer]);
}

function repoint(image: Image, { transfer, site, destination }: Change<'repoint'>): void {
  const id = transferId(image, transfer);
  image.run('DELETE FROM stream WHERE transfer = ?', [id]);
  image.run('DELETE FROM notified WHERE transfer = ?', [id]);
  image.run(
    `UPDATE transfer SET site = ?, destination = ?, host = NULL, recorded_name = NULL, recorded_site = NULL,
       last_success = NULL, failing_since = NULL, clock_difference = NULL, last_whole_run = NULL WHERE id = ?`,
    [site, destination, id],
  );
}

function rename(image: Image, change: Change<'rename'>): void {
  if (change.what === 'transfer') renameTransfer(image, change.from, change.to);
  else renameEnd(image, change);
}

function renameEnd(image: Image, { what, from, to, of }: Change<'rename'>): void {
  const recorded =
    what === 'site'
      ? ', recorded_name = coalesce(recorded_name, name), recorded_site = coalesce(recorded_site, site)'
      : '';
  image.run(`UPDATE transfer SET ${what} = ?2${recorded} WHERE ${what} = ?1 AND name = coalesce(?3, name)`, [
    from,
    to,
    of ?? null,
  ]);
}

/** Runs under the new name that came to nothing may have been told to people: their end must be told, too. */
function renameTransfer(image: Image, from: string, to: string): void {
  if (image.get('SELECT 1 FROM transfer WHERE name = ?', [from]) === null) return;
  image.run(
    `INSERT INTO notified (transfer, channel, at)
       SELECT (SELECT id FROM transfer WHERE name = ?1), channel, at FROM notified
       WHERE transfer = (SELECT id FROM transfer WHERE name = ?2) ON CONFLICT DO NOTHING`,
    [from, to],
  );
  image.run('DELETE FROM transfer WHERE name = ?', [to]);
  image.run(
    `UPDATE transfer SET recorded_name = coalesce(recorded_name, name), recorded_site = coalesce(recorded_site, site),
       name = ?2 WHERE name = ?1`,
    [from, to],
  );
}

function setRecorded(image: Image, { transfer }: Change<'recorded'>): void {
  image.run(
    `UPDATE transfer SET recorded_name = NULL, recorded_site = NULL
     WHERE name = ? AND (recorded_name IS NOT NULL OR recorded_site IS NOT NULL)`,
    [transfer],
  );
}

function setPlace(image: Image, { transfer, kind, place }: Change<'place'>): void {
  image.run(
    `UPDATE stream SET place_id = ?1, place_sequence = ?2, place_hash = ?3
     WHERE id = ?4 AND (place_id, place_sequence, place_hash) IS NOT (?1, ?2, ?3)`,
    [place.id, place.sequence, place.hash, streamId(image, transfer, kind)],
  );
}

function setLeftOut(image: Image, { transfer, kind, leftOut }: Change<'left-out'>): void {
  image.run('UPDATE stream SET left_out = ?1 WHERE id = ?2 AND left_out <> ?1', [
    leftOut ? 1 : 0,
    streamId(image, transfer, kind),
  ]);
}

/** Everything that belongs to it goes with it: see the schema. */
function forget(image: Image, transfer: string): void {
  forgetLocked(image, transfer);
  image.run('DELETE FROM transfer WHERE name = ?', [transfer]);
}

/** An instant that lies in the future was noted while this machine's clock was ahead. */
function countLocked(image: Image, { transfer, at }: Change<'found-locked'>): void {
  image.run(
    `INSERT INTO found_locked (transfer, count, since) VALUES (?, 1, ?)
     ON CONFLICT DO UPDATE SET count = count + 1, since = min(since, excluded.since)`,
    [transfer, at],
  );
}

function forgetLocked(image: Image, transfer: string): void {
  image.run('DELETE FROM found_locked WHERE transfer = ?', [transfer]);
}

function setNotified(image: Image, { transfer, channel, at }: Change<'notified'>): void {
  const id = transferId(image, transfer);
  if (at === null) {
    image.run('DELETE FROM notified WHERE transfer = ? AND channel = ?', [id, channel]);
    return;
  }
  image.run(
    `INSERT INTO notified (transfer, channel, at) VALUES (?, ?, ?)
     ON CONFLICT DO UPDATE SET at = excluded.at WHERE at <> excluded.at`,
    [id, channel, at],
  );
}

function setDelivered(
  image: Image,
  { transfer, item, hash, time, bytes, counts }: Change<'delivered'>,
): void {
  const stream = streamId(image, transfer, item.kind);
  if (readDelivered(image, transfer, item) === neverToBeHad) {
    image.run('UPDATE stream SET unobtainable = unobtainable - 1 WHERE id = ?', [stream]);
  }
  enter(image, stream, item, hash, time);
  remove(image, 'given_up', transfer, item);
  if (!counts) return;
  image.run('UPDATE stream SET delivered = delivered + 1, bytes = bytes + ? WHERE id = ?', [bytes, stream]);
}

function setUnobtainable(image: Image, { transfer, item, time }: Change<'unobtainable'>): void {
  if (readDelivered(image, transfer, item) === neverToBeHad) return;
  const stream = streamId(image, transfer, item.kind);
  enter(image, stream, item, neverToBeHad, time);
  image.run('UPDATE stream SET unobtainable = unobtainable + 1 WHERE id = ?', [stream]);
}

function enter(image: Image, stream: number, item: ItemKey, hash: string, time: UnixSeconds): void {
  image.run(
    `INSERT INTO ledger (stream, lsid, instance, hash, time) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET hash = excluded.hash, time = excluded.time
       WHERE hash <> excluded.hash OR time <> excluded.time`,
    [stream, item.lsid, item.instance, encodeHash(hash), time],
  );
}

function advance(image: Image, { transfer, kind, watermark }: Change<'watermark'>): void {
  image.run(
    `UPDATE stream SET watermark = max(coalesce(watermark, ?1), ?1), reached = max(coalesce(reached, ?1), ?1)
     WHERE id = ?2 AND (reached IS NULL OR reached < ?1)`,
    [watermark, streamId(image, transfer, kind)],
  );
}

function setBack(image: Image, { transfer, kind, reached }: Change<'set-back'>): void {
  image.run('UPDATE stream SET reached = ?1, since = min(since, ?1) WHERE id = ?2', [
    reached,
    streamId(image, transfer, kind),
  ]);
}

function setSince(image: Image, { transfer, kind, since }: Change<'since'>): void {
  image.run('UPDATE stream SET since = ? WHERE id = ? AND since IS NULL AND watermark IS NULL', [
    since,
    streamId(image, transfer, kind),
  ]);
}

function extend(image: Image, { transfer, kind, since }: Change<'extend'>): void {
  image.run(
    'UPDATE stream SET since = ?1, reached = ?1, swept_at = NULL, sweep_position = ?1 WHERE id = ?2',
    [since, streamId(image, transfer, kind)],
  );
}

/** A sweep is due at once: it finds what never ended, and begins behind the watermark. */
function rewind(image: Image, { transfer, kind, watermark }: Change<'rewind'>): void {
  image.run(
    `UPDATE stream SET watermark = ?1, reached = min(coalesce(reached, ?1), ?1), since = min(since, ?1), swept_at = NULL,
       sweep_position = CASE WHEN sweep_position < ?1 THEN sweep_position END
     WHERE id = ?2`,
    [watermark, streamId(image, transfer, kind)],
  );
}

function setSweep(image: Image, { transfer, kind, position, completedAt }: Change<'sweep'>): void {
  image.run(
    `UPDATE stream SET sweep_position = ?1, swept_at = coalesce(?2, swept_at)
     WHERE id = ?3 AND (sweep_position IS NOT ?1 OR swept_at IS NOT coalesce(?2, swept_at))`,
    [position, completedAt ?? null, streamId(image, transfer, kind)],
  );
}

function rememberOpen(image: Image, { transfer, kind, session }: Change<'open'>): void {
  image.run(
    `INSERT INTO open_session (stream, lsid, start_time, first_seen) VALUES (?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET start_time = excluded.start_time WHERE start_time IS NOT excluded.start_time`,
    [streamId(image, transfer, kind), session.lsid, session.startTime, session.firstSeen],
  );
}

function forgetOpen(image: Image, { transfer, kind, lsid }: Change<'closed'>): void {
  for (const table of ['open_session', 'abandoned'] as const) remove(image, table, transfer, { kind, lsid });
}

function setAbandoned(image: Image, { transfer, kind, session }: Change<'abandoned'>): void {
  const { lsid, since, machineSince, attempts, nextTry } = session;
  remove(image, 'open_session', transfer, { kind, lsid });
  image.run(
    `INSERT INTO abandoned (stream, lsid, since, machine_since, attempts, next_try) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET since = excluded.since, attempts = excluded.attempts, next_try = excluded.next_try
       WHERE (since, attempts, next_try) <> (excluded.since, excluded.attempts, excluded.next_try)`,
    [streamId(image, transfer, kind), lsid, since, machineSince, attempts, nextTry],
  );
}

function giveUp(image: Image, { transfer, givenUp: { item, at, machineAt } }: Change<'given-up'>): void {
  const { kind, lsid, instance } = item;
  remove(image, 'owed', transfer, item);
  if (instance === 0) remove(image, 'open_session', transfer, item);
  image.run(
    `INSERT INTO given_up (stream, lsid, instance, at, machine_at, item) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET at = excluded.at, machine_at = excluded.machine_at, item = excluded.item
       WHERE (at, machine_at, item) <> (excluded.at, excluded.machine_at, excluded.item)`,
    [streamId(image, transfer, kind), lsid, instance, at, machineAt, JSON.stringify(item)],
  );
}

function oweAgain(image: Image, { transfer, item }: Change<'owe-again'>): void {
  if (readDelivered(image, transfer, item) === neverToBeHad) {
    const stream = streamId(image, transfer, item.kind);
    image.run('UPDATE stream SET unobtainable = unobtainable - 1 WHERE id = ?', [stream]);
    lost(image, { type: 'lost', transfer, item });
  }
  remove(image, 'given_up', transfer, item);
  owe(image, { type: 'owe', transfer, item });
}

function setSiteClock(image: Image, { site, reading }: Change<'site-clock'>): void {
  const { shown, trusted, unconfirmed, machine, uptime, boot, newestEnd } = reading;
  image.run(
    `INSERT INTO site_clock (site, shown, trusted, unconfirmed, machine, uptime, boot, newest_end)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET shown = excluded.shown, trusted = excluded.trusted, unconfirmed = excluded.unconfirmed,
       machine = excluded.machine, uptime = excluded.uptime, boot = excluded.boot, newest_end = excluded.newest_end`,
    [site, shown, trusted, unconfirmed, machine, uptime, boot, newestEnd],
  );
}

/** From a table that holds sessions, or items of any kind. */
function remove(
  image: Image,
  table: 'open_session' | 'abandoned' | 'owed' | 'given_up',
  transfer: string,
  { kind, lsid, instance }: Omit<ItemKey, 'instance'> & { readonly instance?: number },
): void {
  const stream = streamId(image, transfer, kind);
  if (table === 'open_session' || table === 'abandoned') {
    image.run(`DELETE FROM ${table} WHERE stream = ? AND lsid = ?`, [stream, lsid]);
  } else {
    image.run(`DELETE FROM ${table} WHERE stream = ? AND lsid = ? AND instance = ?`, [
      stream,
      lsid,
      instance ?? 0,
    ]);
  }
}

function lost(image: Image, { transfer, item }: Change<'lost'>): void {
  image.run('DELETE FROM ledger WHERE stream = ? AND lsid = ? AND instance = ?', [
    streamId(image, transfer, item.kind),
    item.lsid,
    item.instance,
  ]);
}

function owe(image: Image, { transfer, item }: Change<'owe'>): void {
  const { kind, lsid, instance, since, attempts, nextTry, status, reason, machineSince = null } = item;
  const stream = streamId(image, transfer, kind);
  image.run(
    `INSERT INTO owed (stream, lsid, instance, since, attempts, next_try, status, reason, names, machine_since)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET since = excluded.since, attempts = excluded.attempts,
       next_try = excluded.next_try, status = excluded.status, reason = excluded.reason, names = excluded.names,
       machine_since = coalesce(machine_since, excluded.machine_since)
       WHERE (since, attempts, next_try, status, reason, names) <>
         (excluded.since, excluded.attempts, excluded.next_try, excluded.status, excluded.reason, excluded.names)`,
    [
      stream,
      lsid,
      instance,
      since,
      attempts,
      nextTry,
      status,
      reason,
      JSON.stringify(item.names),
      machineSince,
    ],
  );
}

function settle(image: Image, { transfer, item }: Change<'settled'>): void {
  remove(image, 'owed', transfer, item);
}

function prune(image: Image, { transfer, kind, before }: Change<'prune'>): void {
  image.run('DELETE FROM ledger WHERE stream = ? AND time < ?', [streamId(image, transfer, kind), before]);
}

function streamId(image: Image, transfer: string, kind: Kind): number {
  const found = image.get(
    'SELECT stream.id FROM transfer JOIN stream ON stream.transfer = transfer.id WHERE name = ? AND kind = ?',
    [transfer, kind],
  );
  if (found !== null) return Number(found.id);
  image.run('INSERT INTO stream (transfer, kind) VALUES (?, ?)', [transferId(image, transfer), kind]);
  return Number(image.get('SELECT last_insert_rowid() AS id')?.id);
}

function transferId(image: Image, name: string): number {
  const found = image.get('SELECT id FROM transfer WHERE name = ?', [name]);
  if (found === null)
    throw new Error(`The transfer ${name} was not begun before something was recorded of it.`);
  return Number(found.id);
}
