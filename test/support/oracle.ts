import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Appliance } from '../appliance/appliance.ts';
import { assertNothingSecretIn, type Installation, type Pulled } from './installation.ts';
import { fileContent, fileContents } from './session-content.ts';

/** LSID and content of each closed session, as the appliance would report it now. */
export function reportedContents(appliance: Appliance): ReadonlyMap<string, string> {
  return new Map(appliance.sessions.closed().map((session) => [session.lsid, fileContent(session)]));
}

/** The same of every session document below a directory; fails on one that is torn, or holds more or less than one session. */
async function archivedContents(archive: string): Promise<readonly string[]> {
  const entries = await readdir(archive, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = entries.filter((entry) => entry.isFile() && entry.name.endsWith('.xml'));
  return Promise.all(
    files.map(async (file) => {
      const held = fileContents(await readFile(join(file.parentPath, file.name), 'utf8'));
      assert.equal(held.length, 1, `${file.name} holds one session`);
      return held.map(({ lsid, content }) => `${lsid} ${content}`).join();
    }),
  );
}

/**
 * The archive holds every closed session in its latest content, nothing twice, nothing that was invented, nothing torn
 * and nothing unfinished in sight.
 */
export async function assertArchived(
  appliance: Appliance,
  archive: string,
  expected: { readonly earlierContents?: number } = {},
): Promise<void> {
  const found = await archivedContents(archive);
  const latest = reportedContents(appliance);
  assert.equal(new Set(found).size, found.length, 'something is stored twice');
  for (const [lsid, content] of latest) {
    assert.ok(found.includes(`${lsid} ${content}`), `${lsid} is missing or not in its latest content`);
  }
  assert.equal(found.length, latest.size + (expected.earlierContents ?? 0), 'something else is stored');
  const names = await readdir(archive);
  const unknown = names.filter((name) => !/\.xml$|^ic-manifest$|^\.ic-/.test(name));
  assert.deepEqual(unknown, [], 'something else lies in the archive');
}

/** What must hold after any fault: the next pull makes everything good, and says so. */
export async function assertRepaired(installation: Installation): Promise<Pulled> {
  const repair = await installation.pull();
  assert.deepEqual([repair.code, repair.transfer.status], [0, 'ok'], repair.stderr);
  await assertArchived(installation.appliance, installation.archive);
  return repair;
}

/** … and one more delivers just what is new. */
export async function assertFlows(installation: Installation): Promise<void> {
  const { appliance, archive } = installation;
  const now = appliance.clock.seconds();
  appliance.sessions.add({ startTime: now - 900, endTime: now - 300 });
  const next = await installation.pull();
  assert.deepEqual([next.code, next.sessions.delivered], [0, 1], next.stderr);
  await assertArchived(appliance, archive);
  await assertNothingSecretIn(installation);
}
