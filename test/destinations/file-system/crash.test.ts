import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { verifyArchive } from '../../../src/destinations/file-system/verify.ts';
import { identifyDocument } from '../../../src/sessions/parse.ts';
import { calm, statuses } from '../../conformance/support.ts';
import { connectArchive, temporaryDirectory, visibleFiles } from '../../support/archive.ts';
import { type Ending, wasKilled } from '../../support/child.ts';
import { crashConfig, crashFiles, crashRecording, crashSessions } from './crash-samples.ts';

const points = [
  ...['file:written', 'file:synced', 'file:renamed'].flatMap((point) =>
    [1, 2, 10].map((hit) => `${point}:${hit}`),
  ),
  ...['file:directory-synced', 'manifest:written', 'manifest:synced', 'manifest:noted'].flatMap((point) =>
    [1, 2, 3].map((hit) => `${point}:${hit}`),
  ),
  'manifest:written:4',
];

describe('a run killed at', { concurrency: 2 }, () => {
  for (const point of points) {
    test(`${point} leaves nothing torn, and the next run nothing twice`, async (context) => {
      const directory = await temporaryDirectory(context);
      assert.ok(wasKilled(await run(directory, point)), 'it got that far');
      for (const file of await visibleFiles(directory)) await assertWhole(join(directory, file));

      const destination = connectArchive(crashConfig(directory));
      await destination.open(calm);
      for (const batch of await crashSessions()) {
        for (const status of statuses(await destination.deliver(batch, calm))) {
          assert.match(status, /^(stored|updated|unchanged)$/);
        }
      }
      const staging = await destination.stagingDirectory('session-recordings', calm);
      await destination.deliver([await crashRecording(staging)], calm);
      assert.deepEqual(await visibleFiles(directory), crashFiles);
      assert.deepEqual(
        await Array.fromAsync(verifyArchive(crashConfig(directory), { signal: calm }).problems),
        [],
      );
    });
  }
});

test('what a killed run left half done is removed a day later, and not before', async (context) => {
  const directory = await temporaryDirectory(context);
  await run(directory, 'file:written:2');
  const staging = join(directory, '.ic-staging');
  const leftovers = async () => {
    await connectArchive(crashConfig(directory)).open(calm);
    return readdir(staging);
  };
  await writeFile(join(staging, '6d2f9c1e-8a43-4f0e-9d65-0b6f0d3f3c11.part'), 'half a download');
  const before = await leftovers();
  assert.ok(before.length >= 2);
  const old = Date.now() / 1000 - 2 * 86_400;
  for (const name of before) await utimes(join(staging, name), old, old);

  assert.deepEqual(await leftovers(), []);
});

async function run(directory: string, killPoint: string): Promise<Ending> {
  const script = join(import.meta.dirname, 'deliver-some.ts');
  const child = spawn(process.execPath, [script, directory], {
    env: { ...process.env, IC_KILL_POINT: killPoint },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const [code, signal] = await once(child, 'close');
  return { code, signal };
}

async function assertWhole(path: string): Promise<void> {
  const bytes = await readFile(path);
  if (path.endsWith('.mp4')) assert.equal(bytes.length, 6000);
  else
    assert.ok(
      (await identifyDocument([bytes], 'sessions')) !== null &&
        bytes.toString().endsWith('</session_list>\n'),
    );
}
