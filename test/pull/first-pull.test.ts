import assert from 'node:assert/strict';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import { Interruption } from '../../src/platform/interruption.ts';
import { unseal } from '../../src/state/seal.ts';
import { type Appliance, startAppliance } from '../appliance/appliance.ts';
import { siteSection } from '../appliance/ini.ts';
import { lsidFor } from '../appliance/specimens.ts';
import { startCommand } from '../support/run-command.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const day = 86_400;
const days = 60;
const perDay = 100;
const closed = days * perDay;
/** One session a week never ends. */
const hanging = Math.floor(days / 7);

/** What the state's file was whenever the appliance was asked for a report. */
interface Seen {
  size: number;
  generation: number;
}

async function siteWithYears(t: TestContext): Promise<{ appliance: Appliance; directory: string }> {
  const appliance = await startAppliance();
  t.after(() => appliance.close());
  const start = appliance.clock.seconds() - days * day;
  for (let index = 0; index < closed; index += 1) {
    const endTime = start + 3600 + Math.floor((index * (days * day - 7200)) / closed);
    appliance.sessions.add({ lsid: lsidFor(`${index}`), startTime: endTime - 600, endTime });
  }
  for (let week = 0; week < hanging; week += 1) {
    const startTime = start + week * 7 * day + 3600;
    appliance.sessions.add({ lsid: lsidFor(`hanging ${week}`), startTime, endTime: null });
  }
  const directory = await temporaryDirectory(t);
  const sections = `requests_per_second = 1000
[destination.local]
type = sqlite
path = ic.db
[transfer.t]
site = hq
destination = local
data = sessions
start = ${days}d`;
  await writeFile(join(directory, 'ic.ini'), siteSection(appliance, 'hq') + sections, { mode: 0o600 });
  return { appliance, directory };
}

async function look(directory: string): Promise<Seen> {
  const bytes = await readFile(join(directory, 'ic-state.db')).catch(() => null);
  return { size: bytes?.length ?? 0, generation: (bytes && unseal(bytes)?.generation) ?? 0 };
}

async function pull(directory: string, signal = new AbortController().signal) {
  const run = startCommand(['pull', '--json'], directory, { signal });
  const code = await run.ended;
  return { code, counts: JSON.parse(run.output.text).transfers[0].kinds.sessions };
}

function rowsIn(directory: string): unknown {
  const database = new DatabaseSync(join(directory, 'ic.db'), { readOnly: true });
  try {
    return {
      ...database.prepare('SELECT count(*) AS rows, count(DISTINCT lsid) AS lsids FROM session').get(),
    };
  } finally {
    database.close();
  }
}

const all = closed + hanging;

test('a first pull writes far less state than data, and holds little of it at any time', async (t) => {
  const { appliance, directory } = await siteWithYears(t);
  const seen: Seen[] = [];
  const hook = async () => void seen.push(await look(directory));
  appliance.before(hook, { api: 'reporting', times: Number.POSITIVE_INFINITY });
  const { code, counts } = await pull(directory);
  assert.deepEqual([code, counts.delivered, counts.failed], [0, all, 0]);
  assert.deepEqual(rowsIn(directory), { rows: all, lsids: all });
  seen.push(await look(directory));
  const largest = Math.max(...seen.map(({ size }) => size));
  assert.ok(largest < 300_000, `the state took ${largest} bytes for ${closed} sessions`);
  const written = seen.reduce((sum, { size, generation }, index) => {
    const before = seen[index - 1] ?? { size: 0, generation: 0 };
    return sum + (generation - before.generation) * Math.max(size, before.size);
  }, 0);
  const { size } = await stat(join(directory, 'ic.db'));
  assert.ok(written < 3 * size, `${written} bytes of state were written for ${size} bytes of data`);
});

test('one that is interrupted while the sweep follows the windows goes on there, and offers nothing twice', async (t) => {
  const { appliance, directory } = await siteWithYears(t);
  let delivered = 0;
  for (const nth of [8, 4]) {
    const interrupted = new AbortController();
    appliance.requests.clear();
    appliance.before(() => interrupted.abort(new Interruption('SIGTERM')), { api: 'reporting', skip: nth });
    await assert.rejects(pull(directory, interrupted.signal), Interruption);
    const { rows } = rowsIn(directory) as { rows: number };
    assert.ok(rows > delivered && rows < all, `${rows} rows after ${delivered}`);
    delivered = rows;
  }
  const { code, counts } = await pull(directory);
  assert.deepEqual([code, counts.delivered], [0, all - delivered]);
  assert.deepEqual(rowsIn(directory), { rows: all, lsids: all });
});
