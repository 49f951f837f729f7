import assert from 'node:assert/strict';
import { test } from 'node:test';
import { verifyArchive } from '../../../src/destinations/file-system/verify.ts';
import { IcError } from '../../../src/platform/errors.ts';
import { type FileSystem, nodeFileSystem } from '../../../src/platform/file-system.ts';
import { calm } from '../../conformance/support.ts';
import { connectArchive, temporaryDirectory, visibleFiles } from '../../support/archive.ts';
import { watchedFiles } from '../../support/watched-files.ts';
import { crashConfig, crashFiles, crashRecording, crashSessions } from './crash-samples.ts';

/** What can go wrong with one file operation, and once or from then on. */
const faults = ['ENOSPC', 'EIO', 'EACCES', 'EROFS'].flatMap((code) => [
  { code, lasting: false },
  { code, lasting: true },
]);

for (const [index, { code, lasting }] of faults.entries()) {
  test(`${code} at any file operation, ${lasting ? 'for good' : 'once'}, is told and made good`, async (context) => {
    const operations = await countOperations(await temporaryDirectory(context));
    let failed = 0;
    for (let n = 1 + index; n <= operations; n += faults.length) {
      const directory = await temporaryDirectory(context);
      const error = await deliverAll(directory, failing(n, code, lasting)).catch((thrown: unknown) => thrown);
      if (error !== undefined) {
        failed += 1;
        assert.ok(error instanceof IcError, `operation ${n}: ${error}`);
        assert.equal(error.code, 'io');
        assert.ok(error.message.includes(directory) && error.message.includes(code), error.message);
        assert.ok(error.hint, error.message);
      }
      await deliverAll(directory, nodeFileSystem);
      assert.deepEqual(await visibleFiles(directory), crashFiles, `after operation ${n}`);
      assert.deepEqual(
        await Array.fromAsync(verifyArchive(crashConfig(directory), { signal: calm }).problems),
        [],
        `after operation ${n}`,
      );
    }
    assert.ok(failed > 10, `${failed} of ${operations} faults were noticed`);
  });
}

async function deliverAll(directory: string, fileSystem: FileSystem): Promise<void> {
  const destination = connectArchive(crashConfig(directory), { fileSystem });
  await destination.open(calm);
  for (const batch of await crashSessions()) await destination.deliver(batch, calm);
  const staging = await destination.stagingDirectory('session-recordings', calm);
  await destination.deliver([await crashRecording(staging)], calm);
  await destination.close();
}

async function countOperations(directory: string): Promise<number> {
  let count = 0;
  await deliverAll(
    directory,
    watchedFiles(() => {
      count += 1;
    }),
  );
  return count;
}

function failing(n: number, code: string, lasting: boolean): FileSystem {
  let count = 0;
  return watchedFiles(({ name }) => {
    count += 1;
    if (lasting ? count < n : count !== n) return;
    throw Object.assign(new Error(`${code}: made to fail, ${name}`), { code, syscall: name });
  });
}
