import type { UnixSeconds } from '../platform/clock.ts';
import { isKind, type Kind } from '../platform/kinds.ts';
import { decodeHash } from './hash.ts';
import { readHistory, toRunRecord } from './history.ts';
import type { Image, Row } from './image.ts';
import type {
  AbandonedSession,
  DayRecord,
  FoundLocked,
  GivenUp,
  ItemKey,
  KindProgress,
  KindState,
  OpenSession,
  OwedItem,
  OwedNames,
  Place,
  RunRecord,
  SiteClock,
  TransferState,
} from './state.ts';

export function readTransfers(image: Image): readonly TransferState[] {
  return image.all('SELECT * FROM transfer ORDER BY name').map((row) => toTransfer(image, row));
}

export function readTransfer(image: Image, name: string): TransferState | null {
  const row = image.get('SELECT * FROM transfer WHERE name = ?', [name]);
  return row && toTransfer(image, row);
}

function toTransfer(image: Image, row: Row): TransferState {
  const id = number(row, 'id');
  return {
    name: text(row, 'name'),
    site: text(row, 'site'),
    destination: text(row, 'destination'),
    host: textOrNull(row, 'host'),
    recordedAs: {
      transfer: textOrNull(row, 'recorded_name') ?? text(row, 'name'),
      site: textOrNull(row, 'recorded_site') ?? text(row, 'site'),
    },
    lastRun: row.last_run === null ? null : toRunRecord(JSON.parse(text(row, 'last_run'))),
    lastSuccess: numberOrNull(row, 'last_success'),
    failingSince: numberOrNull(row, 'failing_since'),
    notifiedAt: readNotified(image, id),
    clockDifference: numberOrNull(row, 'clock_difference'),
    kinds: readKinds(image, id),
  };
}

function readNotified(image: Image, transfer: number): ReadonlyMap<string, UnixSeconds> {
  const rows = image.all('SELECT channel, at FROM notified WHERE transfer = ?', [transfer]);
  return new Map(rows.map((row) => [text(row, 'channel'), number(row, 'at')]));
}

function readKinds(image: Image, transfer: number): ReadonlyMap<Kind, KindState> {
  const rows = image.all(
    `SELECT *, (SELECT count(*) FROM owed WHERE stream = stream.id) AS owed,
       (SELECT count(*) FROM open_session WHERE stream = stream.id) AS open
     FROM stream WHERE transfer = ? ORDER BY kind`,
    [transfer],
  );
  return new Map(rows.map((row) => [kind(row), toKindState(row)]));
}

function toKindState(row: Row): KindState {
  return {
    ...toKindProgress(row),
    owed: number(row, 'owed'),
    open: number(row, 'open'),
    place: toPlace(row),
    leftOut: number(row, 'left_out') !== 0,
  };
}

function toPlace(row: Row): Place | null {
  const id = textOrNull(row, 'place_id');
  return id === null ? null : { id, sequence: number(row, 'place_sequence'), hash: text(row, 'place_hash') };
}

/** What a run asks for again and again: without counting anything. */
export function readKindProgress(image: Image, transfer: string, kind: Kind): KindProgress | null {
  const row = image.get(`SELECT stream.* FROM ${streamOf} WHERE name = ? AND kind = ?`, [transfer, kind]);
  return row && toKindProgress(row);
}

function toKindProgress(row: Row): KindProgress {
  return {
    since: numberOrNull(row, 'since'),
    watermark: numberOrNull(row, 'watermark'),
    reached: numberOrNull(row, 'reached'),
    sweptAt: numberOrNull(row, 'swept_at'),
    sweepPosition: numberOrNull(row, 'sweep_position'),
    delivered: number(row, 'delivered'),
    bytes: number(row, 'bytes'),
    unobtainable: number(row, 'unobtainable'),
  };
}

const streamOf = 'transfer JOIN stream ON stream.transfer = transfer.id';

export function readDelivered(image: Image, transfer: string, item: ItemKey): string | null {
  const row = image.get(
    `SELECT hash FROM ${streamOf} JOIN ledger ON ledger.stream = stream.id
     WHERE name = ? AND kind = ? AND lsid = ? AND instance = ?`,
    [transfer, item.kind, item.lsid, item.instance],
  );
  return row && decodeHash(row.hash);
}

export function readOpenSessions(image: Image, transfer: string, kind: Kind): readonly OpenSession[] {
  const rows = image.all(
    `SELECT open_session.* FROM ${streamOf} JOIN open_session ON open_session.stream = stream.id
     WHERE name = ? AND kind = ? ORDER BY first_seen, lsid`,
    [transfer, kind],
  );
  return rows.map((row) => ({
    lsid: text(row, 'lsid'),
    startTime: numberOrNull(row, 'start_time'),
    firstSeen: number(row, 'first_seen'),
  }));
}

export function readOwedItem(image: Image, transfer: string, item: ItemKey): OwedItem | null {
  const row = image.get(
    `SELECT kind, owed.* FROM ${streamOf} JOIN owed ON owed.stream = stream.id
     WHERE name = ? AND kind = ? AND lsid = ? AND instance = ?`,
    [transfer, item.kind, item.lsid, item.instance],
  );
  return row === null ? null : toOwedItem(row);
}

/** What waits longest comes first. */
export function readOwed(image: Image, transfer: string, kind: Kind | null): readonly OwedItem[] {
  const rows = image.all(
    `SELECT kind, owed.* FROM ${streamOf} JOIN owed ON owed.stream = stream.id
     WHERE name = ? AND kind = coalesce(?, kind) ORDER BY since, kind, lsid, instance`,
    [transfer, kind],
  );
  return rows.map(toOwedItem);
}

function toOwedItem(row: Row): OwedItem {
  return {
    kind: kind(row),
    lsid: text(row, 'lsid'),
    instance: number(row, 'instance'),
    since: number(row, 'since'),
    attempts: number(row, 'attempts'),
    nextTry: number(row, 'next_try'),
    status: text(row, 'status') as OwedItem['status'],
    reason: text(row, 'reason'),
    names: JSON.parse(text(row, 'names')) as OwedNames,
    ...(row.machine_since === null ? {} : { machineSince: number(row, 'machine_since') }),
  };
}

export function readAbandoned(image: Image, transfer: string, kind: Kind): readonly AbandonedSession[] {
  const rows = image.all(
    `SELECT abandoned.* FROM ${streamOf} JOIN abandoned ON abandoned.stream = stream.id
     WHERE name = ? AND kind = ? ORDER BY since, lsid`,
    [transfer, kind],
  );
  return rows.map((row) => ({
    lsid: text(row, 'lsid'),
    since: number(row, 'since'),
    machineSince: number(row, 'machine_since'),
    attempts: number(row, 'attempts'),
    nextTry: number(row, 'next_try'),
  }));
}

export function readIsAbandoned(image: Image, transfer: string, kind: Kind, lsid: string): boolean {
  const row = image.get(
    `SELECT lsid FROM ${streamOf} JOIN abandoned ON abandoned.stream = stream.id
     WHERE name = ? AND kind = ? AND lsid = ?`,
    [transfer, kind, lsid],
  );
  return row !== null;
}

export function readGivenUp(image: Image, transfer: string): readonly GivenUp[] {
  const rows = image.all(
    `SELECT given_up.* FROM ${streamOf} JOIN given_up ON given_up.stream = stream.id WHERE name = ? ORDER BY at, lsid`,
    [transfer],
  );
  return rows.map((row) => ({
    item: JSON.parse(text(row, 'item')) as OwedItem,
    at: number(row, 'at'),
    machineAt: number(row, 'machine_at'),
  }));
}

export function readSiteClock(image: Image, site: string): SiteClock | null {
  const row = image.get('SELECT * FROM site_clock WHERE site = ?', [site]);
  if (row === null) return null;
  return {
    shown: number(row, 'shown'),
    trusted: number(row, 'trusted'),
    unconfirmed: number(row, 'unconfirmed'),
    machine: number(row, 'machine'),
    uptime: numberOrNull(row, 'uptime'),
    boot: row.boot === null ? null : text(row, 'boot'),
    newestEnd: numberOrNull(row, 'newest_end'),
  };
}

export function readRuns(image: Image, transfer: string): readonly RunRecord[] {
  const row = image.get('SELECT id FROM transfer WHERE name = ?', [transfer]);
  return row === null ? [] : readHistory(image, number(row, 'id'));
}

/** When the last run ended that nothing kept from going through to its end. */
export function readLastWholeRun(image: Image, transfer: string): UnixSeconds | null {
  const row = image.get('SELECT last_whole_run FROM transfer WHERE name = ?', [transfer]);
  return row && numberOrNull(row, 'last_whole_run');
}

export function readFoundLocked(image: Image, transfer: string): FoundLocked | null {
  const row = image.get('SELECT count, since FROM found_locked WHERE transfer = ?', [transfer]);
  return row && { count: number(row, 'count'), since: number(row, 'since') };
}

export function readDays(image: Image, transfer: string): readonly DayRecord[] {
  const rows = image.all(
    'SELECT day.* FROM transfer JOIN day ON day.transfer = transfer.id WHERE name = ? ORDER BY day',
    [transfer],
  );
  return rows.map((row) => ({
    day: text(row, 'day'),
    runs: number(row, 'runs'),
    failures: number(row, 'failures'),
    delivered: number(row, 'delivered'),
    bytes: number(row, 'bytes'),
    owed: number(row, 'owed'),
    seconds: number(row, 'seconds'),
  }));
}

function text(row: Row, column: string): string {
  const value = row[column];
  if (typeof value !== 'string') throw new TypeError(`The state's column ${column} holds no text.`);
  return value;
}

function textOrNull(row: Row, column: string): string | null {
  return row[column] === null ? null : text(row, column);
}

function number(row: Row, column: string): number {
  const value = row[column];
  if (typeof value !== 'number') throw new TypeError(`The state's column ${column} holds no number.`);
  return value;
}

function numberOrNull(row: Row, column: string): UnixSeconds | null {
  return row[column] === null ? null : number(row, column);
}

function kind(row: Row): Kind {
  const value = text(row, 'kind');
  if (!isKind(value)) throw new TypeError(`The state names the kind ${value}, which there is not.`);
  return value;
}
