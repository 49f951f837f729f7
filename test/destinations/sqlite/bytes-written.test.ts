import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { describe, test } from 'node:test';
import type { Destination, RecordDelivery } from '../../../src/destinations/destination.ts';
import { calm, statuses } from '../../conformance/support.ts';
import { makeSessionDelivery } from '../../support/deliveries.ts';
import { connectSqlite, execute, newDatabasePath, query } from './support.ts';

const onLinux = process.platform === 'linux' ? false : 'only Linux counts what a process writes';

/** What this process has given to the system to write so far, in bytes. */
const writtenSoFar = () => Number(/^wchar: (\d+)$/m.exec(readFileSync('/proc/self/io', 'utf8'))?.[1]);

/** Sessions that differ in their LSIDs, which are random, and in their content hashes. */
async function sessionsWithRandomIds(count: number, from = 0): Promise<readonly RecordDelivery[]> {
  const base = await makeSessionDelivery({ lsid: 'a', chat: 'x'.repeat(1500) });
  return Array.from({ length: count }, (_, index) => {
    const hash = createHash('sha256')
      .update(`${from + index}`)
      .digest('hex');
    const lsid = hash.slice(0, 32);
    return {
      ...base,
      names: { ...base.names, lsid },
      record: { ...base.record, lsid },
      contentHash: `2:${hash}`,
      hasContent: (known: string) => known === `2:${hash}`,
    };
  });
}

async function use(path: string, work: (destination: Destination) => Promise<void>): Promise<void> {
  const destination = connectSqlite(path);
  try {
    await destination.open(calm);
    await work(destination);
  } finally {
    await destination.close();
  }
}

describe('a first pull into SQLite', () => {
  test('writes at most three times what it leaves', { skip: onLinux }, async (t) => {
    const path = await newDatabasePath(t);
    const [batches, size] = [30, 400];
    let written = 0;
    await use(path, async (destination) => {
      for (let index = 0; index < batches; index += 1) {
        const batch = await sessionsWithRandomIds(size, index * size);
        const before = writtenSoFar();
        await destination.deliver(batch, calm);
        await destination.advance('sessions', { since: 1, until: 2 + index }, calm);
        written += writtenSoFar() - before;
      }
      written -= writtenSoFar();
    });
    written += writtenSoFar();
    const { size: left } = await stat(path);
    assert.equal(query(path, 'SELECT count(*) AS n FROM ic_delivery')[0]?.n, batches * size);
    assert.ok(written > left, 'it is counted');
    assert.ok(written < 3 * left, `${written} bytes for a database of ${left}: ${written / left} times`);
  });

  test('finds records again wherever their ids have come to', async (t) => {
    const path = await newDatabasePath(t);
    const offered = await sessionsWithRandomIds(5);
    await use(path, async (destination) => {
      for (const [index, delivery] of offered.entries()) {
        assert.deepEqual(statuses(await destination.deliver([delivery], calm)), ['stored']);
        execute(
          path,
          `UPDATE sqlite_sequence SET seq = ${[40_000, 70_000, 1_000_000, 2 ** 45, 2 ** 46][index]}`,
        );
      }
      assert.deepEqual(new Set(statuses(await destination.deliver(offered, calm))), new Set(['unchanged']));
      const keys = offered.map(({ names }) => ({ lsid: names.lsid ?? '', instance: null }));
      const held = await destination.held('sessions', keys, calm);
      assert.deepEqual(
        held.map((item) => item?.contentHash),
        offered.map(({ contentHash }) => contentHash),
      );
      // A row whose delivery record was lost is taken on, not stored twice.
      execute(path, 'DELETE FROM ic_delivery WHERE row_id > 1000000');
      assert.deepEqual(statuses(await destination.deliver(offered.slice(3), calm)), ['updated', 'updated']);
    });
    assert.equal(query(path, 'SELECT count(*) AS n FROM session')[0]?.n, 5);
    assert.equal(query(path, 'SELECT count(*) AS n FROM ic_delivery')[0]?.n, 5);
  });

  test('leaves a database whose sessions anybody finds by LSID through an index', async (t) => {
    const path = await newDatabasePath(t);
    await use(path, async () => {});
    const [step] = query(path, "EXPLAIN QUERY PLAN SELECT * FROM session WHERE lsid = 'a1'");
    assert.match(String(step?.detail), /SEARCH session USING INDEX session_lsid/);
  });
});
