import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { cp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Answered, hour, install } from '../support/installation.ts';

test('a pull reports where each manifest ends, so that it can be kept elsewhere', async (t) => {
  const { appliance, archive, pull } = await install(t, { transfer: 'data = sessions, session-recordings' });
  const now = appliance.clock.seconds();
  appliance.sessions.add({ startTime: now - hour, endTime: now - hour / 2 });
  const { code, transfer, stderr } = await pull();
  assert.equal(code, 0, stderr);

  const folder = join(archive, 'ic-manifest');
  const months = (await readdir(folder)).filter((name) => name.endsWith('.jsonl'));
  const lines = (await readFile(join(folder, months.at(-1) ?? ''), 'utf8')).trimEnd().split('\n');
  const last = lines.at(-1) ?? '';
  const [head, ...others] = transfer.heads;
  assert.deepEqual(others, [], 'both kinds share one manifest');
  assert.deepEqual(head.kinds, ['sessions', 'session-recordings']);
  assert.equal(head.sequence, JSON.parse(last).seq);
  assert.equal(head.hash, createHash('sha256').update(last).digest('hex'));
  assert.match(head.id, /./);
});

test('an archive whose manifest was written anew, or that is an older copy, is not verified', async (t) => {
  const installation = await install(t);
  const { appliance, archive, json, pull } = installation;
  const now = appliance.clock.seconds();
  appliance.sessions.add({ startTime: now - 2 * hour, endTime: now - hour });
  assert.equal((await pull()).code, 0);
  await cp(archive, `${archive}-copy`, { recursive: true });
  appliance.sessions.add({ startTime: now - hour, endTime: now - hour / 2 });
  assert.equal((await pull()).code, 0);
  assert.equal((await json(['verify'])).code, 0);

  await rewriteManifest(archive);
  assert.match(complaintsOf(await json(['verify'])), /written anew/);

  await rm(archive, { recursive: true });
  await rename(`${archive}-copy`, archive);
  assert.match(complaintsOf(await json(['verify'])), /older copy/);
});

function complaintsOf({ code, document }: Answered): string {
  assert.equal(code, 74);
  return JSON.stringify(document.destinations[0].problems);
}

/** As somebody does who alters what a line says and makes the chain of lines whole again. */
async function rewriteManifest(archive: string): Promise<void> {
  const folder = join(archive, 'ic-manifest');
  for (const name of (await readdir(folder)).filter((one) => one.endsWith('.jsonl'))) {
    let previous = '0'.repeat(64);
    const lines = (await readFile(join(folder, name), 'utf8')).trimEnd().split('\n');
    const forged = lines.map((line) => {
      const { external_key: _, ...entry } = JSON.parse(line);
      const text = JSON.stringify({ ...entry, external_key: 'forged', previous });
      previous = createHash('sha256').update(text).digest('hex');
      return `${text}\n`;
    });
    await writeFile(join(folder, name), forged.join(''));
  }
  await rm(join(folder, '.head.json'));
}
