import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const script = fileURLToPath(new URL('./processes/stray.ts', import.meta.url));

for (const [how, message] of [
  ['emitter', 'Internal error in sick: an event'],
  ['callback', 'Internal error in sick, callback: an exception'],
  ['promise', 'Internal error in sick: a rejection'],
  ['never', 'Internal error in sick: it waits for something that will never come'],
  ['deaf', 'Internal error in sick: an event'],
] as const) {
  test(`an error that nobody waits for (${how}) fails the part that it comes from, and no other`, () => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [script, how], { encoding: 'utf8' });
    assert.deepEqual(
      { status, stderr, results: JSON.parse(stdout) },
      { status: 3, stderr: '', results: [['internal', message], 'healthy'] },
    );
  });
}
