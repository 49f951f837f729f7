import assert from 'node:assert/strict';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { day, hour, install, minute } from '../support/installation.ts';
import { addEnded, edit, heldIn, loseState } from '../support/upheavals.ts';

const destinations = [
  { name: 'an archive', into: 'archive', path: 'archive', more: '' },
  {
    name: 'a database',
    into: 'database',
    path: 'disk/sessions.db',
    more: '[destination.database]\ntype = sqlite\npath = disk/sessions.db',
  },
] as const;

for (const { name, into, path, more } of destinations) {
  describe(`${name} that is not the one that it was`, { concurrency: 3 }, () => {
    test('since its disk is not mounted, is left alone, even where a pull ran before it was mounted', async (t) => {
      const installation = await install(t, { into, more });
      const { directory, ic, json, pull } = installation;
      const place = join(directory, path);
      addEnded(installation, 3 * hour);
      await pull();
      await rename(place, `${place}-below`);
      assert.equal((await ic(['state', 'forget', 't'])).code, 0);
      addEnded(installation, 2 * hour);
      assert.equal((await pull()).sessions.delivered, 2);
      await rename(place, `${place}-mounted`);
      await rename(`${place}-below`, place);
      const before = await contentsOf(directory);
      addEnded(installation, hour);
      const { code, transfer } = await pull();
      assert.deepEqual([code, transfer.error.code], [74, 'io']);
      assert.match(transfer.error.message, /is another one|is older/);
      assert.match(transfer.error.hint, /Mount its own disk|Restore the newer copy/);
      assert.deepEqual(await contentsOf(directory), before, 'nothing was written');
      await rm(place, { recursive: true });
      await rename(`${place}-mounted`, place);
      const again = await pull();
      assert.deepEqual([again.code, again.sessions.delivered], [0, 1]);
      assert.equal((await json(['verify', into])).code, 0);
    });

    test('since it was emptied, is left alone, and nothing is created', async (t) => {
      const installation = await install(t, { into, more });
      const { directory, ic, pull } = installation;
      const place = join(directory, path);
      addEnded(installation, hour);
      await pull();
      await rm(place, { recursive: true });
      const { code, transfer } = await pull();
      assert.equal(code, 74);
      assert.match(
        transfer.error.message,
        /holds no record of sessions, of which transfer t delivered 1 there/,
      );
      assert.ok(!(await readdir(join(place, '..'))).includes(path.split('/').at(-1) ?? ''));
      assert.equal((await ic(['state', 'forget', 't'])).code, 0);
      assert.equal((await pull()).sessions.delivered, 1);
    });

    test('since its disk went after a pull that brought nothing new had rebuilt the state, is left alone', async (t) => {
      const installation = await install(t, { into, more });
      const { directory, pull } = installation;
      const place = join(directory, path);
      addEnded(installation, 2 * day);
      await pull();
      await loseState(installation);
      assert.match((await pull()).stderr, /The state knows nothing of transfer t/);
      await rename(place, `${place}-unmounted`);
      addEnded(installation, hour);
      const { code, transfer } = await pull();
      assert.equal(code, 74);
      assert.match(transfer.error.message, /holds no record of sessions/);
      await rename(`${place}-unmounted`, place);
      const again = await pull();
      assert.deepEqual([again.code, again.sessions.delivered], [0, 1]);
    });

    test('since the configuration names another place, is left alone until that is meant', async (t) => {
      const installation = await install(t, { into, more });
      const { ic, pull } = installation;
      addEnded(installation, hour);
      await pull();
      await edit(
        installation,
        into === 'archive' ? ['directory = archive', 'directory = elsewhere'] : [path, 'disk/elsewhere.db'],
      );
      assert.equal((await pull()).code, 74);
      assert.equal((await ic(['state', 'forget', 't'])).code, 0);
      const { code, sessions } = await pull();
      assert.deepEqual([code, sessions.delivered], [0, 1]);
    });

    test('by name and place, is known again when it was moved', async (t) => {
      const installation = await install(t, { into, more });
      const { directory, pull } = installation;
      const place = join(directory, path);
      addEnded(installation, hour);
      await pull();
      await rename(place, `${place}-moved`);
      await edit(
        installation,
        into === 'archive' ? ['directory = archive', 'directory = archive-moved'] : [path, `${path}-moved`],
      );
      addEnded(installation, 10 * minute);
      const { code, sessions } = await pull();
      assert.deepEqual([code, sessions.delivered], [0, 1]);
    });
  });
}

test('an archive whose disk goes in the middle of a run is not written below its mount point', async (t) => {
  const installation = await install(t, { transfer: 'start = 200d' });
  const { appliance, archive, json, pull } = installation;
  addEnded(installation, hour);
  await pull();
  const late = [100, 150].map((days) => addEnded(installation, days * day));
  await json(['state', 'rewind', 't', '--to', '190d']);
  appliance.before(() => unmount(archive), { api: 'reporting', skip: 1 });
  const { code, transfer } = await pull();
  assert.equal(code, 74);
  assert.match(transfer.error.message, /is no longer the one that this run began with/);
  assert.deepEqual(await readdir(archive), []);
  await rm(archive, { recursive: true });
  await rename(`${archive}-unmounted`, archive);
  assert.equal((await pull()).code, 0);
  assert.deepEqual(await heldIn(archive, '.xml', late), late.toSorted());
  assert.equal((await json(['verify'])).code, 0);
});

test('a recording is not moved into an archive whose disk has gone', async (t) => {
  const installation = await install(t, { transfer: 'data = sessions, session-recordings' });
  const { appliance, archive, pull } = installation;
  const lsid = addEnded(installation, hour);
  const until = () => unmount(archive);
  appliance.faults.add({ type: 'hold', after: 0.5, until }, { report: 'SupportSessionRecording' });
  assert.equal((await pull()).code, 3, 'it is owed');
  assert.deepEqual(await readdir(archive), []);
  await rm(archive, { recursive: true });
  await rename(`${archive}-unmounted`, archive);
  appliance.clock.advance(10 * minute * 1000);
  await pull();
  assert.deepEqual(await heldIn(archive, '.mp4', [lsid]), [lsid]);
});

test('an archive without an id, as version 0.1.0 left it, gets one and is known by it', async (t) => {
  const installation = await install(t);
  const { archive, pull } = installation;
  addEnded(installation, hour);
  await pull();
  await rm(join(archive, 'ic-manifest', '.id'));
  await loseState(installation);
  addEnded(installation, 2 * hour);
  assert.equal((await pull()).code, 0);
  assert.ok((await readdir(join(archive, 'ic-manifest'))).includes('.id'));
  await rename(archive, `${archive}-away`);
  assert.equal((await pull()).code, 74);
});

/** As a lazy unmount does: what is open stays so, and the directory below takes the place. */
async function unmount(archive: string): Promise<void> {
  await rename(archive, `${archive}-unmounted`);
  await mkdir(archive);
}

async function contentsOf(directory: string): Promise<readonly string[]> {
  const names = await readdir(directory, { recursive: true });
  return names.filter((name) => !/ic-state|ic\.log|\.lock|-wal$|-shm$/.test(name)).sort();
}
