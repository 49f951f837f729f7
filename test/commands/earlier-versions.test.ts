import assert from 'node:assert/strict';
import { cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { systemClock } from '../../src/platform/clock.ts';
import type { Appliance } from '../appliance/appliance.ts';
import { configurationFor, lastPull, lsidOf, sessions, startSite } from '../fixtures/0.1.0/site.ts';
import { manifestLines, visibleFiles } from '../support/archive.ts';
import { startCommand } from '../support/run-command.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const fixture = fileURLToPath(new URL('../fixtures/0.1.0/installation', import.meta.url));
const quarter = 900;

/** What version 0.1.0 left, a quarter of an hour later, with the clocks of both sides as they were then. */
async function takeOver(t: TestContext) {
  const directory = await temporaryDirectory(t);
  await cp(fixture, directory, { recursive: true });
  const now = lastPull + quarter;
  const appliance = await startSite(now);
  t.after(() => appliance.close());
  await writeFile(join(directory, 'ic.ini'), configurationFor(appliance), { mode: 0o600 });
  const offset = now * 1000 - Date.now();
  const clock = { ...systemClock, now: () => Date.now() + offset };
  const json = async (...line: readonly string[]) => {
    const run = startCommand([...line, '--json'], directory, { clock });
    const code = await run.ended;
    return { code, document: JSON.parse(run.output.text), stderr: run.error.text };
  };
  return { appliance, directory, json };
}

function recordingRequests({ requests }: Appliance): readonly string[] {
  const asked = requests.all({ where: ({ report }) => report?.endsWith('Recording') ?? false });
  return [...new Set(asked.flatMap(({ lsids }) => lsids))].toSorted();
}

test('the state of version 0.1.0 is read as it was left', async (t) => {
  const { json } = await takeOver(t);
  const { code, document } = await json('status');
  assert.equal(code, 0);
  const [files, rows, killed] = document.transfers;
  assert.deepEqual([files.status, rows.status, killed.status], ['partial', 'ok', 'never-ran']);
  assert.equal(files.failing_since.slice(0, 16), '2025-06-08T12:00');
  assert.equal(rows.failing_since, null);
  assert.equal(files.last_run.slice(0, 16), '2025-06-10T11:30');
  assert.equal(rows.last_success.slice(0, 16), '2025-06-10T12:00');
  const counts = (kind: { owed: number; delivered: number; open: number; unobtainable: number }) => [
    kind.delivered,
    kind.owed,
    kind.open,
    kind.unobtainable,
  ];
  assert.deepEqual(counts(files.kinds.sessions), [14, 1, 1, 0]);
  assert.deepEqual(counts(files.kinds['session-recordings']), [2, 2, 0, 1]);
  assert.deepEqual(counts(rows.kinds.sessions), [15, 0, 1, 0]);
  assert.deepEqual(counts(killed.kinds['session-recordings']), [0, 3, 0, 0]);
});

test('a pull into the archive goes on where version 0.1.0 ended, and repeats nothing', async (t) => {
  const { appliance, directory, json } = await takeOver(t);
  const archive = join(directory, 'archive');
  const before = await visibleFiles(archive);
  const lines = (await manifestLines(archive)).length;
  appliance.sessions.add({ lsid: lsidOf('new'), startTime: lastPull, endTime: lastPull + 300 });
  const { code, document } = await json('pull', 'files', '--data', 'sessions,session-recordings');
  const [{ status, error, kinds }] = document.transfers;
  assert.deepEqual([code, status, error], [3, 'partial', null], 'two recordings are owed for days');
  assert.deepEqual(
    [kinds.sessions.delivered, kinds.sessions.owed],
    [2, 0],
    'the new one and the refused one',
  );
  assert.equal(kinds['session-recordings'].owed, 2);
  const added = (await visibleFiles(archive)).filter((file) => !before.includes(file));
  assert.deepEqual(added, [`chat/${lsidOf('refused')}.xml`, `support/${lsidOf('new')}.xml`].toSorted());
  const stored = (await manifestLines(archive)).slice(lines).filter(({ type }) => type === 'stored');
  assert.equal(stored.length, 2);
  assert.deepEqual(recordingRequests(appliance), [lsidOf('failed'), lsidOf('notready')].toSorted());
  assert.equal((await json('verify', 'archive')).code, 0);
});

test('a pull into the database goes on where version 0.1.0 ended, and repeats nothing', async (t) => {
  const { appliance, directory, json } = await takeOver(t);
  appliance.sessions.add({ lsid: lsidOf('new'), startTime: lastPull, endTime: lastPull + 300 });
  const { code, document } = await json('pull', 'rows');
  assert.deepEqual([code, document.transfers[0].kinds.sessions.delivered], [0, 1]);
  assert.equal(
    (await json('pull', 'rows', '--since', '6d')).document.transfers[0].kinds.sessions.delivered,
    0,
  );
  const database = new DatabaseSync(join(directory, 'ic.db'), { readOnly: true });
  const rows = database.prepare('SELECT lsid, count(*) AS rows FROM session GROUP BY lsid').all();
  database.close();
  const known = Object.keys(sessions).filter((name) => name !== 'open');
  assert.deepEqual(
    rows.map(({ lsid, rows: count }) => [lsid, count]).toSorted(),
    [...known, 'new'].map((name) => [lsidOf(name), 1]).toSorted(),
  );
  assert.equal((await json('verify', 'local')).code, 0);
});

test('a first pull that was killed under version 0.1.0 is completed', async (t) => {
  const { appliance, directory, json } = await takeOver(t);
  const archive = join(directory, 'second-archive');
  const before = await visibleFiles(archive);
  const { code, document } = await json('pull', 'killed');
  const [{ kinds }] = document.transfers;
  assert.deepEqual([code, kinds.sessions.delivered, kinds['session-recordings'].delivered], [3, 0, 1]);
  assert.equal(kinds['session-recordings'].owed, 2);
  const added = (await visibleFiles(archive)).filter((file) => !before.includes(file));
  assert.deepEqual(added, [`127.0.0.1-support-${lsidOf('recorded2')}-recording.mp4`]);
  assert.deepEqual(recordingRequests(appliance).length, 3);
});
