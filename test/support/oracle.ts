import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { parseReport } from '../../src/sessions/parse.ts';
import type { Appliance } from '../appliance/appliance.ts';
import { renderSession } from '../appliance/render-session.ts';
import type { SessionSpec } from '../appliance/spec.ts';
import { storedSessions } from './archive-contents.ts';
import { assertNothingSecretIn, type Installation, type Pulled } from './installation.ts';

/** LSID and content of each closed session, as the appliance would report it now. */
export async function reportedContents(appliance: Appliance): Promise<ReadonlyMap<string, string>> {
  const contents = new Map<string, string>();
  for (const session of appliance.sessions.closed()) contents.set(session.lsid, await contentOf(session));
  return contents;
}

async function contentOf(session: SessionSpec): Promise<string> {
  const xml = renderSession(session, '', () => 'https://link');
  for await (const item of parseReport([Buffer.from(`<session_list>${xml}</session_list>`)], 'sessions')) {
    if (item.type === 'record') return item.record.contentHash;
  }
  throw new Error(`${session.lsid} was not rendered as a record`);
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
  const stored = await storedSessions(archive);
  const latest = await reportedContents(appliance);
  const found = stored.map(({ session, contentHash }) => `${session.lsid} ${contentHash}`);
  assert.equal(new Set(found).size, found.length, 'something is stored twice');
  for (const [lsid, hash] of latest) {
    assert.ok(found.includes(`${lsid} ${hash}`), `${lsid} is missing or not in its latest content`);
  }
  assert.equal(stored.length, latest.size + (expected.earlierContents ?? 0), 'something else is stored');
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
