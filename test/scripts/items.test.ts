import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { media } from '../appliance/media.ts';
import { visibleFiles } from '../support/archive.ts';
import { day, type Installation, install } from '../support/installation.ts';

const ages = [3, 12, 20, 31];

/** Sessions with a recording each, most of them older than what the state remembers of items, pulled by a whole run. */
async function installAndPull(t: TestContext): Promise<Installation> {
  const installation = await install(t, {
    transfer: 'start = 60d\ndata = sessions, session-recordings',
    destination: 'on_conflict = append-number',
  });
  const { appliance, pull } = installation;
  const now = appliance.clock.seconds();
  for (const age of ages)
    appliance.sessions.add({
      startTime: now - age * day - 600,
      endTime: now - age * day,
      recording: media(),
    });
  const { code, transfer } = await pull();
  const { sessions, 'session-recordings': recordings } = transfer.kinds;
  assert.deepEqual([code, sessions.delivered, recordings.delivered], [0, ages.length, ages.length]);
  // The second whole run prunes what the first had to remember.
  assert.equal((await pull()).code, 0);
  return installation;
}

/** After it nothing may be fetched again, stored again, or said to be lost. */
async function assertNothingNew(
  installation: Installation,
  what: (installation: Installation) => Promise<{ readonly code: number | null; readonly stderr: string }>,
): Promise<void> {
  const { appliance, archive, json } = installation;
  const before = await visibleFiles(archive);
  appliance.recordings.configure({ state: 'expired' });
  const from = downloads(installation);
  const { code, stderr } = await what(installation);
  assert.equal(code, 0, stderr);
  assert.equal(downloads(installation), from, 'no recording is asked for');
  assert.doesNotMatch(stderr, /expired/);
  assert.deepEqual(await visibleFiles(archive), before);
  const verified = await json(['verify', 'archive']);
  assert.equal(verified.code, 0, JSON.stringify(verified.document));
}

function downloads({ appliance }: Installation): number {
  return appliance.requests.all({ where: ({ report }) => report?.endsWith('Recording') ?? false }).length;
}

/** Replaces or adds lines of the configuration. */
async function configure({ ini }: Installation, change: (text: string) => string): Promise<void> {
  await writeFile(ini, change(await readFile(ini, 'utf8')));
}

const instant = ({ appliance }: Installation, days: number) =>
  new Date((appliance.clock.seconds() - days * day) * 1000).toISOString();

describe('what the archive holds is neither fetched nor stored again', { concurrency: 2 }, () => {
  test('after state rewind', async (t) => {
    await assertNothingNew(await installAndPull(t), async (installation) => {
      const to = instant(installation, 40);
      assert.equal((await installation.json(['state', 'rewind', 't', '--to', to])).code, 0);
      return installation.pull();
    });
  });

  test('after state forget', async (t) => {
    await assertNothingNew(await installAndPull(t), async ({ json, pull }) => {
      assert.equal((await json(['state', 'forget', 't'])).code, 0);
      return pull();
    });
  });

  test('by a pull of a long period, also when names have another format now', async (t) => {
    await assertNothingNew(await installAndPull(t), async (installation) => {
      await configure(installation, (text) =>
        text.replace(
          'on_conflict = append-number',
          'on_conflict = append-number\nfile_name = %START_DATE%/%LSID%.%EXTENSION%',
        ),
      );
      return installation.pull(['--since', '50d']);
    });
  });

  test('by a rewound pull with another name format, which stores what has changed under the new name', async (t) => {
    const installation = await installAndPull(t);
    const { appliance, archive, json, pull } = installation;
    await configure(installation, (text) =>
      text.replace('on_conflict = append-number', 'file_name = new-%LSID%.%EXTENSION%'),
    );
    await assertNothingNew(installation, async () => {
      await json(['state', 'rewind', 't', '--to', instant(installation, 40)]);
      return pull();
    });
    const before = await visibleFiles(archive);
    const [edited] = appliance.sessions.closed();
    appliance.sessions.edit(edited?.lsid ?? '', { externalKey: 'edited' });
    const { code } = await pull(['--since', '50d']);
    assert.equal(code, 0);
    const added = (await visibleFiles(archive)).filter((file) => !before.includes(file));
    assert.deepEqual(added, [`new-${edited?.lsid}.xml`]);
    assert.equal((await json(['verify', 'archive'])).code, 0);
  });

  test('when the kind of recordings is taken away and added again', async (t) => {
    await assertNothingNew(await installAndPull(t), async (installation) => {
      await configure(installation, (text) =>
        text.replace('data = sessions, session-recordings', 'data = sessions'),
      );
      assert.equal((await installation.pull()).code, 0);
      await configure(installation, (text) =>
        text.replace('data = sessions', 'data = sessions, session-recordings'),
      );
      return installation.pull();
    });
  });

  test('when the index beside the manifest is damaged or missing', async (t) => {
    await assertNothingNew(await installAndPull(t), async (installation) => {
      await writeFile(join(installation.archive, 'ic-manifest', '.items.db'), 'no database');
      return installation.pull(['--since', '50d']);
    });
  });
});
