import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newRunId } from '../../src/pull/run-id.ts';

test('the id of a run is never taken for a number', () => {
  const ids = Array.from({ length: 1000 }, newRunId);
  assert.deepEqual(
    ids.filter((id) => !/^[a-f][\da-f]{7}$/.test(id)),
    [],
  );
  assert.ok(new Set(ids).size > 990);
});
