import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, type TestContext, test } from 'node:test';
import { type MediaSpec, media } from '../appliance/media.ts';
import { visibleFiles } from '../support/archive.ts';
import { storedSessions } from '../support/archive-contents.ts';
import { wasKilled } from '../support/child.ts';
import { day, type Installation, install } from '../support/installation.ts';
import { assertRepaired } from '../support/oracle.ts';

/** Every place in a pull into files at which a test can make it die. */
const points = [
  ...['file:written', 'file:synced', 'file:renamed', 'file:directory-synced'],
  ...['manifest:written', 'manifest:synced', 'manifest:noted'],
  ...['state:written', 'state:synced', 'state:previous-kept', 'state:renamed'],
  ...['download:written', 'download:synced'],
];
const hits = [1, 2, 3, 4, 5];

describe('a pull that is killed at', { concurrency: 3 }, () => {
  for (const point of points) {
    for (const hit of hits) {
      test(`${point}, for the ${hit}. time, is made good by the next`, async (t) => {
        const installation = await installWithSixSlices(t);
        const { appliance, archive, directory, ic } = installation;
        await dieAt(installation, `${point}:${hit}`);
        await storedSessions(archive);
        addSession(installation, appliance.clock.seconds() - 1800);
        await assertRepaired(installation);
        assert.equal((await visibleFiles(join(directory, 'recordings'))).length, slices.length);
        if (hit === 1) assert.equal((await ic(['verify', 'archive', '--quiet'])).code, 0);
      });
    }
  }

  for (const point of ['sqlite:written', 'sqlite:committed']) {
    for (const hit of hits) {
      test(`${point}, for the ${hit}. time, is made good by the next`, async (t) => {
        const installation = await installWithSixSlices(t, 'database');
        const { appliance, pull } = installation;
        await dieAt(installation, `${point}:${hit}`);
        addSession(installation, appliance.clock.seconds() - 1800);
        const repair = await pull();
        assert.deepEqual([repair.code, repair.transfer.status], [0, 'ok'], repair.stderr);
        assertRows(installation);
      });
    }
  }
});

test('kill -9 between rename and commit: the file is adopted, and there is no second one', async (t) => {
  const { appliance, archive, pull, ic } = await install(t);
  const now = appliance.clock.seconds();
  appliance.sessions.add({ startTime: now - 3600, endTime: now - 1800 });
  const killed = await ic(['pull'], { env: { IC_KILL_POINT: 'file:renamed' } });
  assert.ok(wasKilled(killed));
  const [name, ...others] = await visibleFiles(archive);
  assert.ok(name?.endsWith('.xml') && others.length === 0, 'it had its final name');
  const next = await pull();
  const { delivered, unchanged } = next.sessions;
  assert.deepEqual([next.code, delivered, unchanged], [0, 0, 1], 'adopted');
  assert.deepEqual(await visibleFiles(archive), [name]);
});

/** Where the six slices of a first pull have a session each, in days after its start. */
const slices = [0.5, 2, 5, 10, 20, 40];

/** Into the archive, with a recording of each session, or into the database. */
async function installWithSixSlices(
  t: TestContext,
  into: 'archive' | 'database' = 'archive',
): Promise<Installation> {
  const data = into === 'archive' ? 'sessions, session-recordings' : 'sessions';
  const installation = await install(t, {
    into,
    transfer: `start = 60d\nsweep = 0\ndata = ${data}`,
    more: `[destination.archive.session-recordings]
directory = recordings
[destination.database]
type = sqlite
path = sessions.db`,
  });
  const start = installation.appliance.clock.seconds() - 60 * day;
  for (const days of slices) addSession(installation, Math.floor(start + days * day), media());
  return installation;
}

function addSession({ appliance }: Installation, endTime: number, recording: MediaSpec | null = null): void {
  appliance.sessions.add({ startTime: endTime - 600, endTime, recording });
}

async function dieAt({ ic }: Installation, point: string): Promise<void> {
  const ended = await ic(['pull'], { env: { IC_KILL_POINT: point } });
  assert.ok(wasKilled(ended), `it did not come to ${point}\n${ended.stderr}`);
}

function assertRows({ appliance, directory }: Installation): void {
  using database = new DatabaseSync(join(directory, 'sessions.db'), { readOnly: true });
  const rows = database.prepare('SELECT lsid FROM session ORDER BY lsid').all();
  const closed = appliance.sessions.closed().map(({ lsid }) => lsid);
  assert.deepEqual(
    rows.map(({ lsid }) => lsid),
    closed.toSorted(),
  );
}
