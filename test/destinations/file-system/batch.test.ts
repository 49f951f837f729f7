import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { groupedByName } from '../../../src/destinations/file-system/batch.ts';
import type { Job } from '../../../src/destinations/file-system/store-item.ts';
import { archiveConfig, temporaryDirectory } from '../../support/archive.ts';
import { makeSessionDelivery } from '../../support/deliveries.ts';

test('items whose names differ in case, or in how an accent is written, are stored one after another', async (context) => {
  const directory = await temporaryDirectory(context);
  const config = archiveConfig(directory).kinds.get('sessions');
  assert.ok(config);
  const names = ['a.xml', 'other.xml', 'A.xml', 'caf\u00e9.xml', 'cafe\u0301.xml'];
  const jobs: readonly Job[] = await Promise.all(
    names.map(async (name, index) => ({
      delivery: await makeSessionDelivery({ lsid: `s${index}` }),
      config,
      target: join(directory, name),
      own: [],
    })),
  );
  const groups = groupedByName(jobs).map((group) => group.map((job) => names[jobs.indexOf(job)]));
  assert.deepEqual(groups, [['a.xml', 'A.xml'], ['other.xml'], ['caf\u00e9.xml', 'cafe\u0301.xml']]);
});
