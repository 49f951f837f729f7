import assert from 'node:assert/strict';
import { link, lstat, mkdir, readdir, readFile, rename, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { hour, type Installation, install } from '../../support/installation.ts';

/** Whoever may write to a directory of `ic` can put links under the names that `ic` uses there. */
const skip = process.platform === 'win32' && 'links take privileges there';

describe('links under names of ic', { skip, concurrency: 2 }, () => {
  test('a staging directory that is a link: nothing where it leads is removed', async (t) => {
    const { installation, victims } = await withVictims(t);
    const old = new Date('2020-01-01T00:00:00Z');
    for (const name of ['a.conf', 'b.key', '.ic-tmp-0011223344556677']) {
      await writeFile(join(victims, name), 'kept');
      await utimes(join(victims, name), old, old);
    }
    await mkdir(installation.archive);
    await symlink(victims, join(installation.archive, '.ic-staging'));
    await assertRefused(installation, 74, /\.ic-staging: it is a link/);
    assert.equal((await readdir(victims)).length, 4);
  });

  test('in the staging directory, only what ic puts there is removed', async (t) => {
    const { installation } = await withVictims(t);
    const staging = join(installation.archive, '.ic-staging');
    await mkdir(staging, { recursive: true });
    const old = new Date('2020-01-01T00:00:00Z');
    const stale = ['6d2f9c1e-8a43-4f0e-9d65-0b6f0d3f3c11.part', '.ic-tmp-0011223344556677'];
    for (const name of ['a.conf', 'notes.part', ...stale]) {
      await writeFile(join(staging, name), 'x');
      await utimes(join(staging, name), old, old);
    }
    assert.equal((await installation.pull()).code, 0);
    assert.deepEqual((await readdir(staging)).toSorted(), ['a.conf', 'notes.part']);
  });

  for (const [what, make] of [
    ['link', symlink],
    ['second name', link],
  ] as const) {
    test(`a month of the manifest that is a ${what} of another file is not appended to`, async (t) => {
      const { installation, victim } = await withVictims(t);
      const month = `manifest-${new Date().toISOString().slice(0, 7)}.jsonl`;
      await mkdir(join(installation.archive, 'ic-manifest'), { recursive: true });
      await make(victim, join(installation.archive, 'ic-manifest', month));
      await assertRefused(installation, 74, new RegExp(month));
      await assertUntouched(victim);
    });

    test(`a head of the manifest that is a ${what} of another file is not written to`, async (t) => {
      const { installation, victim } = await withVictims(t);
      assert.equal((await installation.pull()).code, 0);
      const head = join(installation.archive, 'ic-manifest', '.head.json');
      await rename(head, `${head}.away`);
      await make(victim, head);
      addSession(installation);
      await assertRefused(installation, 74, /\.head\.json/);
      await assertUntouched(victim);
    });

    test(`a log that is a ${what} of another file is not appended to`, async (t) => {
      const { installation, victim } = await withVictims(t);
      await make(victim, join(installation.directory, 'ic.log'));
      const { stderr } = await installation.ic(['pull']);
      assert.match(stderr, /Cannot write the log .*ic\.log: it (is a link|has a second name)/);
      await assertUntouched(victim);
    });
  }

  test('a manifest directory that is a link is refused', async (t) => {
    const { installation, victims } = await withVictims(t);
    await mkdir(installation.archive);
    await symlink(victims, join(installation.archive, 'ic-manifest'));
    await assertRefused(installation, 74, /ic-manifest: it is a link/);
    assert.deepEqual(await readdir(victims), ['victim']);
  });

  test('a state that is a link: what it leads to is neither renamed nor replaced', async (t) => {
    const { installation, victim, victims } = await withVictims(t);
    await symlink(victim, join(installation.directory, 'ic-state.db'));
    await assertRefused(installation, 74, /ic-state\.db: it is a link/);
    await assertUntouched(victim);
    assert.deepEqual(await readdir(victims), ['victim']);
    assert.ok((await lstat(join(installation.directory, 'ic-state.db'))).isSymbolicLink());
  });

  test('a folder of the archive that leads out of it: its items are refused, the others stored', async (t) => {
    const { installation, victims } = await withVictims(t, 'file_name = %EXTERNAL_KEY%/%LSID%.%EXTENSION%');
    const { appliance, archive } = installation;
    const now = appliance.clock.seconds();
    const times = { startTime: now - hour, endTime: now - hour / 2 };
    appliance.sessions.add({ ...times, lsid: 'inside', externalKey: 'one' });
    appliance.sessions.add({ ...times, lsid: 'outside', externalKey: 'sub' });
    await mkdir(archive);
    await symlink(victims, join(archive, 'sub'));
    const { code, stderr } = await installation.ic(['pull']);
    assert.equal(code, 3, stderr);
    assert.match(stderr, /sub: it is a link that leads out of/);
    assert.deepEqual(await readdir(victims), ['victim']);
    assert.deepEqual(await readdir(join(archive, 'one')), ['inside.xml']);
  });

  test('the archive itself may be a link, and so may a folder that leads to another part of it', async (t) => {
    const { installation } = await withVictims(t, 'file_name = %EXTERNAL_KEY%/%LSID%.%EXTENSION%');
    const { appliance, archive, directory } = installation;
    const now = appliance.clock.seconds();
    appliance.sessions.add({ startTime: now - hour, endTime: now - 60, lsid: 'a', externalKey: 'sub' });
    await mkdir(join(directory, 'disk', 'real'), { recursive: true });
    await symlink(join(directory, 'disk'), archive);
    await symlink('real', join(directory, 'disk', 'sub'));
    assert.equal((await installation.pull()).code, 0);
    assert.deepEqual(await readdir(join(directory, 'disk', 'real')), ['a.xml']);
  });

  test('metrics and page: a link is refused', async (t) => {
    const { installation, victim, directory } = await withVictims(t, '', '[metrics]\ntextfile = ic.prom\n');
    for (const name of ['ic.prom', 'page.html']) await symlink(victim, join(directory, name));
    assert.match((await installation.ic(['pull'])).stderr, /ic\.prom: it is a link/);
    const page = await installation.ic(['status', '--html', 'page.html']);
    assert.equal(page.code, 74, page.stderr);
    await assertUntouched(victim);
  });

  for (const rule of ['append-number', 'overwrite', 'skip']) {
    for (const [what, make] of [
      ['link', symlink],
      ['second name', link],
    ] as const) {
      test(`a final name that is a ${what} of another file, with on_conflict = ${rule}`, async (t) => {
        const { installation, victim } = await withVictims(
          t,
          `file_name = %LSID%.%EXTENSION%\non_conflict = ${rule}`,
        );
        const { lsid } = addSession(installation);
        await mkdir(installation.archive);
        const name = join(installation.archive, `${lsid}.xml`);
        await make(victim, name);
        const { code } = await installation.pull();
        await assertUntouched(victim);
        const isLink = (await lstat(name)).isSymbolicLink();
        assert.equal(isLink, what === 'link', 'a link stays what it is');
        if (what === 'link') assert.equal(code, rule === 'append-number' ? 0 : 3);
      });
    }
  }
});

async function withVictims(t: TestContext, destination = '', more = '') {
  const installation = await install(t, { destination, more });
  const victims = join(installation.directory, 'elsewhere');
  await mkdir(victims);
  const victim = join(victims, 'victim');
  await writeFile(victim, 'somebody else’s\n', { mode: 0o600 });
  if (!destination.includes('EXTERNAL_KEY')) addSession(installation);
  return { installation, victims, victim, directory: installation.directory };
}

function addSession({ appliance }: Installation): { readonly lsid: string } {
  const now = appliance.clock.seconds();
  return appliance.sessions.add({ startTime: now - hour, endTime: now - 60 });
}

async function assertRefused({ ic }: Installation, exitCode: number, message: RegExp): Promise<void> {
  const { code, stderr } = await ic(['pull']);
  assert.equal(code, exitCode, stderr);
  assert.match(stderr, message);
}

async function assertUntouched(victim: string): Promise<void> {
  assert.equal(await readFile(victim, 'utf8'), 'somebody else’s\n');
}
