import assert from 'node:assert/strict';
import { copyFile, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { systemClock } from '../../src/platform/clock.ts';
import { type Appliance, startAppliance } from '../appliance/appliance.ts';
import { media } from '../appliance/media.ts';
import { aSession } from '../appliance/specimens.ts';
import { createPuller, type Puller } from '../support/pulling.ts';
import { recordingLogger } from '../support/recording-logger.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const kind = 'session-recordings';
const recordings = { report: 'SupportSessionRecording' } as const;
const always = { ...recordings, times: Number.POSITIVE_INFINITY };
const hour = 3600;

interface Setup {
  readonly appliance: Appliance;
  readonly puller: Puller;
  /** Oldest first. */
  readonly lsids: readonly string[];
  stored(): Promise<number>;
}

async function setUp(t: TestContext, count: number, transfer = ''): Promise<Setup> {
  const appliance = await startAppliance();
  t.after(() => appliance.close());
  appliance.recordings.configure({ link: 'closed' });
  const now = appliance.clock.seconds();
  const lsids = Array.from({ length: count }, (_, index) => {
    const endTime = now - (count - index) * 60 - 600;
    return appliance.sessions.add(aSession({ startTime: endTime - 60, endTime, recording: media() })).lsid;
  });
  const directory = await temporaryDirectory(t);
  const settings = {
    site: 'retries = 0\nconcurrency = 2',
    data: kind,
    transfer: `start = 1d\n${transfer}`,
  };
  const puller = await createPuller(directory, appliance, settings);
  const stored = async () => {
    const names = await readdir(join(directory, 'archive'), { recursive: true });
    return names.filter((name) => name.endsWith('.mp4')).length;
  };
  return { appliance, puller, lsids, stored };
}

test('recordings that the appliance no longer knows, however many, hold up none that it has', async (t) => {
  const { appliance, puller, lsids, stored } = await setUp(t, 20);
  for (const lsid of lsids.slice(0, 14))
    appliance.faults.add({ type: 'status', status: 404 }, { ...always, lsid });
  const { exitCode, kinds } = await puller.pull();
  assert.deepEqual([exitCode, kinds[kind]?.delivered, kinds[kind]?.owed], [3, 6, 14]);
  assert.equal(await stored(), 6);
  for (const lsid of lsids)
    assert.ok(appliance.requests.count({ ...recordings, lsid }) > 0, 'each was asked for');
});

test('recordings that always break off hold up none that come whole', async (t) => {
  const { appliance, puller, lsids } = await setUp(t, 20);
  for (const lsid of lsids.slice(0, 14))
    appliance.faults.add({ type: 'reset-body', after: 0.5 }, { ...always, lsid });
  const { kinds } = await puller.pull();
  assert.deepEqual([kinds[kind]?.delivered, kinds[kind]?.owed], [6, 14]);
});

for (const [what, fault] of [
  ['are not found', { type: 'status', status: 404 }],
  ['are pages', { type: 'html' }],
  ['are errors', { type: 'error', text: 'Conversion failed' }],
  ['end early', { type: 'truncate', after: 0.5 }],
  ['break off', { type: 'reset-body', after: 0.5 }],
] as const) {
  test(`one that is whole comes, though all the others ${what}, older and newer`, async (t) => {
    const { appliance, puller, lsids, stored } = await setUp(t, 31);
    const good = lsids[15] ?? '';
    for (const lsid of lsids) if (lsid !== good) appliance.faults.add(fault, { ...always, lsid });
    const { kinds } = await puller.pull();
    assert.deepEqual([kinds[kind]?.delivered, kinds[kind]?.owed], [1, 30]);
    assert.equal(await stored(), 1);
  });
}

for (const [what, fault] of [
  ['is unavailable', { type: 'status', status: 503 }],
  ['resets every connection', { type: 'reset' }],
  ['refuses to let anybody in', { type: 'status', status: 401 }],
] as const) {
  test(`a site that ${what} is asked a few times, not for each of many recordings`, async (t) => {
    const { appliance, puller } = await setUp(t, 60);
    appliance.faults.add(fault, always);
    const { status, error, kinds } = await puller.pull();
    assert.deepEqual([status, kinds[kind]?.owed], ['failed', 60]);
    assert.ok(error !== null);
    assert.ok(appliance.requests.count(recordings) < 40);
  });
}

test('a site that finds none of many recordings has failed: its account may have no right to them', async (t) => {
  const { appliance, puller, lsids } = await setUp(t, 30);
  appliance.faults.add({ type: 'status', status: 404 }, always);
  const { status, error, exitCode, kinds } = await puller.pull();
  assert.deepEqual([status, exitCode, error?.code, kinds[kind]?.owed], ['failed', 77, 'refused', 30]);
  for (const lsid of lsids) assert.ok(appliance.requests.count({ ...recordings, lsid }) > 0);
});

test('a recording that is not ready for more than a day is named in each run, asked for or not', async (t) => {
  const { appliance, puller, lsids } = await setUp(t, 1);
  appliance.recordings.configure({ state: 'never' });
  assert.equal((await puller.pull()).exitCode, 0);
  appliance.clock.advance(25 * hour * 1000);
  for (const named of [
    /is owed: .*being processed/,
    /is owed since .* asked for again at .*being processed/,
  ]) {
    appliance.clock.advance(60_000);
    const { logger, lines } = recordingLogger();
    assert.equal((await puller.pull({ logger })).exitCode, 3);
    const warnings = lines.filter(
      ({ level, message }) => level === 'warn' && message.includes(lsids[0] ?? ''),
    );
    assert.equal(warnings.length, 1);
    assert.match(warnings[0]?.message ?? '', named);
  }
});

for (const [what, selection] of [
  ['by name', (lsid: string) => ({ type: 'sessions', lsids: [lsid] }) as const],
  ['by period', () => ({ type: 'window', since: { type: 'ago', seconds: 86_400 }, until: null }) as const],
] as const) {
  test(`a recording that was lost is asked for again ${what}, and not by a usual run`, async (t) => {
    const { appliance, puller, lsids, stored } = await setUp(t, 1, 'sweep = 0\noverlap = 1h');
    appliance.recordings.configure({ state: 'expired' });
    assert.equal((await puller.pull()).exitCode, 3);
    appliance.recordings.configure({ state: 'ready' });
    assert.equal((await puller.pull()).kinds[kind]?.delivered, 0);
    const again = await puller.pull({ selection: selection(lsids[0] ?? '') });
    assert.deepEqual([again.exitCode, again.kinds[kind]?.delivered], [0, 1]);
    assert.equal(await stored(), 1);
    const known = await puller.known(kind);
    assert.deepEqual([known?.delivered, known?.unobtainable], [1, 0], 'it is lost no more');
  });
}

test('what a killed run stored and did not note is not fetched again, whatever the appliance converts it to', async (t) => {
  const { appliance, puller, stored } = await setUp(t, 0);
  await puller.pull();
  const { path } = puller.configuration.state;
  await copyFile(path, `${path}.before`);
  const endTime = appliance.clock.seconds() - 600;
  const { lsid } = appliance.sessions.add(
    aSession({ startTime: endTime - 60, endTime, recording: media({ seed: 1 }) }),
  );
  assert.equal((await puller.pull()).kinds[kind]?.delivered, 1);
  await copyFile(`${path}.before`, path);
  appliance.sessions.edit(lsid, { recording: media({ seed: 2 }) });
  const outage = appliance.faults.add({ type: 'status', status: 503 }, { times: Number.POSITIVE_INFINITY });
  const later = { ...systemClock, now: () => systemClock.now() + 3_600_000 };
  assert.equal((await puller.pull({ clock: later })).status, 'failed');
  outage.remove();
  const { exitCode, kinds } = await puller.pull();
  assert.deepEqual([exitCode, kinds[kind]?.delivered, kinds[kind]?.unchanged], [0, 0, 1]);
  assert.equal(await stored(), 1);
});

test('a recording that was removed from the archive is fetched again when it is asked for by name', async (t) => {
  const { puller, lsids, stored } = await setUp(t, 2);
  await puller.pull();
  const archive = join(puller.directory, 'archive');
  const [removed = ''] = (await readdir(archive)).filter((name) => name.includes(lsids[0] ?? ''));
  await rm(join(archive, removed));
  const { kinds } = await puller.pull({ selection: { type: 'sessions', lsids } });
  assert.deepEqual([kinds[kind]?.delivered, kinds[kind]?.unchanged], [1, 1]);
  assert.equal(await stored(), 2);
});

test('recordings of a session that never closed are fetched when it is delivered as it is', async (t) => {
  const { appliance, puller, stored } = await setUp(t, 0, 'abandon_open_after = 1h');
  const startTime = appliance.clock.seconds() - 2 * hour;
  const lsid = '0'.repeat(31).concat('a');
  const link = `${appliance.url}/download`;
  const body = `<session_list><session lsid="${lsid}"><start_time timestamp="${startTime}"/><end_time/>
    <session_recording_download_url>${link}</session_recording_download_url></session></session_list>`;
  appliance.faults.add({ type: 'body', body }, { report: 'SupportSession', times: Number.POSITIVE_INFINITY });
  const mp4 = Buffer.concat([box('ftyp', 'isom'), box('mdat', 'frames'), box('moov', 'index')]);
  appliance.faults.add({ type: 'body', body: mp4 }, always);
  const { exitCode, kinds } = await puller.pull();
  assert.deepEqual([exitCode, kinds[kind]?.delivered], [0, 1]);
  assert.equal(await stored(), 1);
  assert.equal((await puller.pull()).kinds[kind]?.delivered, 0);
});

function box(type: string, content: string): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(8 + content.length);
  return Buffer.concat([length, Buffer.from(type + content, 'latin1')]);
}
