import assert from 'node:assert/strict';
import type { SessionSpec } from '../appliance/spec.ts';
import { abandonAfterHours, destinationOf, type Kind, type TransferSettings } from './settings.ts';
import type { HeldSession, Store } from './store.ts';
import { type KnownSession, keyText, recordingsOf } from './truth.ts';
import type { World } from './world.ts';

const hour = 3600;
const day = 24 * hour;

/** What comes later than a sweep looks back is nobody's promise; two days of the seven are the history's end. */
const latestReport = 5 * day;

/** Everything that a destination must hold, once each, and nothing else: `until` is where the last windows ended. */
export function assertComplete(world: World, until: number): void {
  const byDestination = Map.groupBy(world.settings.transfers, ({ destination }) => destination);
  for (const [destination, transfers] of byDestination) {
    const store = world.storeOf(destination);
    const { type, keepsOldContents } = destinationOf(world.settings, destination);
    const held = Map.groupBy(store.sessions(), ({ lsid }) => lsid);
    for (const [lsid, copies] of held) assertCopies(world, store, lsid, copies, keepsOldContents);
    assertLatest(store, held, promisedTo(transfers, 'sessions', world, until));
    if (type === 'file-system') assertRecordings(world, store, transfers, until);
    assert.deepEqual(
      store.strays(),
      [],
      `${destination} holds what its manifest does not know, or the other way round`,
    );
  }
}

/** Closed sessions that the start of one of the transfers covers, and those that were left open long ago. */
function promisedTo(
  transfers: readonly TransferSettings[],
  kind: Kind,
  { appliance, truth }: World,
  until: number,
): readonly SessionSpec[] {
  const starts = transfers.filter(({ kinds }) => kinds.includes(kind)).map(({ start }) => start);
  if (starts.length === 0) return [];
  const start = Math.min(...starts);
  return appliance.sessions.all().filter((session) => {
    const known = truth.session(session.lsid);
    if (known === undefined || !wasReportedInTime(session, known)) return false;
    if (session.endTime !== null) return session.endTime >= start && session.endTime < until;
    return session.startTime >= start && session.startTime < until - abandonAfterHours * hour - day;
  });
}

/** By what its clock showed then, the appliance may have dated a session so far back that no sweep comes there. */
function wasReportedInTime({ startTime }: SessionSpec, { endedAt, begunAt }: KnownSession): boolean {
  return startTime >= (endedAt ?? begunAt) - latestReport;
}

function assertLatest(
  store: Store,
  held: ReadonlyMap<string, readonly HeldSession[]>,
  promised: readonly SessionSpec[],
): void {
  for (const session of promised) {
    const copies = held.get(session.lsid) ?? [];
    assert.ok(copies.length > 0, `session ${session.lsid} is missing`);
    const latest = store.contentOf(session);
    assert.ok(
      copies.some(({ content }) => content === latest),
      `session ${session.lsid} is outdated`,
    );
  }
}

function assertCopies(
  { truth }: World,
  store: Store,
  lsid: string,
  copies: readonly HeldSession[],
  keepsOldContents: boolean,
): void {
  const known = truth.session(lsid);
  assert.ok(known !== undefined, `session ${lsid} was invented`);
  const contents = copies.map(({ content }) => content);
  const places = copies.map(({ where }) => where).join(' and ');
  assert.equal(new Set(contents).size, contents.length, `session ${lsid} is stored twice: ${places}`);
  assert.ok(keepsOldContents || copies.length === 1, `session ${lsid} keeps an old content: ${places}`);
  const possible = new Set(known.states.flatMap((state) => [state, asOpen(state)]).map(store.contentOf));
  for (const { content, where } of copies)
    assert.ok(possible.has(content), `${where} holds what nobody reported`);
}

/** As a report shows it while its end still lies ahead of the appliance's clock. */
function asOpen(session: SessionSpec): SessionSpec {
  const events = session.events.filter(({ type }) => type !== 'Session End');
  return { ...session, endTime: null, events };
}

function assertRecordings(
  world: World,
  store: Store,
  transfers: readonly TransferSettings[],
  until: number,
): void {
  const held = Map.groupBy(store.recordings(), ({ key }) => key);
  for (const kind of ['session-recordings', 'command-shell-recordings'] as const) {
    for (const session of promisedTo(transfers, kind, world, until)) {
      if (session.endTime === null) continue;
      for (const { key } of recordingsOf(session)) {
        if (key.kind !== kind || world.losses.has(keyText(key))) continue;
        assert.ok(held.has(keyText(key)), `${keyText(key)} is missing`);
      }
    }
  }
  for (const [key, copies] of held) {
    const places = copies.map(({ where }) => where).join(' and ');
    assert.equal(copies.length, 1, `${key} is stored ${copies.length} times: ${places}`);
    const [kind, lsid = '', instance] = key.split(' ');
    const served = world.truth.bytesOf({ kind, lsid, instance: Number(instance) } as Parameters<
      typeof keyText
    >[0]);
    assert.ok(served.has(copies[0]?.sha256 ?? ''), `${places} is not whole, or nobody sent it`);
  }
}
