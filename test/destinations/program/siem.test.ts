import assert from 'node:assert/strict';
import { appendFile, mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { SessionDelivery } from '../../../src/destinations/destination.ts';
import { calm, statuses } from '../../conformance/support.ts';
import { makeSessionDelivery } from '../../support/deliveries.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';
import { connectProgram, exampleUrl, nodeCommand } from './support.ts';

test("a session's line comes after those of its events, each with an id of its own", async (context) => {
  const directory = await temporaryDirectory(context);
  await deliver(directory, await makeSessionDelivery({ lsid: 'a1', chat: 'Hello' }));

  const lines = (await linesIn(directory)).map((line) => JSON.parse(line));
  assert.deepEqual(
    lines.map(({ kind, lsid, site, host }) => [kind, lsid, site, host]),
    [
      ['event', 'a1', 'hq', 'support.example.com'],
      ['session', 'a1', 'hq', 'support.example.com'],
    ],
  );
  assert.equal(lines[0].event.body, 'Hello');
  assert.equal(lines[1].session.customers[0].username, 'Ada');
  assert.equal(lines[1]['@timestamp'], '2026-11-22T10:10:00.000Z');
  assert.equal(lines[0].id, `${lines[1].id}/0`);
});

for (const kept of [0, 1, 2]) {
  test(`killed after ${kept} lines and a half, it goes on where the file ends`, async (context) => {
    const directory = await temporaryDirectory(context);
    const [first, second] = await Promise.all(['a1', 'a2'].map((lsid) => makeSessionDelivery({ lsid })));
    assert.ok(first && second);
    const whole = await newLines(context, second);
    await deliver(directory, first);
    const before = await linesIn(directory);
    const written = whole.slice(0, kept).map((line) => `${line}\n`);
    await appendFile(await fileIn(directory), `${written.join('')}{"@timestamp":"2026-`);

    assert.deepEqual(await deliver(directory, second), ['stored']);
    assert.deepEqual(await linesIn(directory), [...before, ...whole]);
    assert.deepEqual(await deliver(directory, first, second), ['unchanged', 'unchanged']);
  });
}

test('a file that was taken away is begun anew, and what was in it is still known', async (context) => {
  const directory = await temporaryDirectory(context);
  const [first, second] = await Promise.all(['a1', 'a2'].map((lsid) => makeSessionDelivery({ lsid })));
  assert.ok(first && second);
  await deliver(directory, first);
  await rm(await fileIn(directory));

  assert.deepEqual(await deliver(directory, first, second), ['unchanged', 'stored']);
  assert.deepEqual(await linesIn(directory), await newLines(context, second));
});

async function newLines(context: TestContext, session: SessionDelivery): Promise<readonly string[]> {
  const directory = await temporaryDirectory(context);
  await deliver(directory, session);
  return linesIn(directory);
}

/** A run of its own. */
async function deliver(
  directory: string,
  ...sessions: readonly SessionDelivery[]
): Promise<readonly string[]> {
  await mkdir(join(directory, 'siem'), { recursive: true });
  const command = nodeCommand(exampleUrl('siem-ndjson.mjs'));
  const destination = connectProgram(command, directory, { settings: { directory: 'siem' } });
  try {
    await destination.open(calm);
    return statuses(await destination.deliver(sessions, calm));
  } finally {
    await destination.close();
  }
}

async function fileIn(directory: string): Promise<string> {
  const [name] = await readdir(join(directory, 'siem'));
  return join(directory, 'siem', name ?? '');
}

async function linesIn(directory: string): Promise<readonly string[]> {
  const text = await readFile(await fileIn(directory), 'utf8');
  assert.ok(text.endsWith('\n'));
  return text.slice(0, -1).split('\n');
}
