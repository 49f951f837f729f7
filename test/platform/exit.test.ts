import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const script = fileURLToPath(new URL('./processes/exit.ts', import.meta.url));

function exit(how: string) {
  const { status, stderr } = spawnSync(process.execPath, [script, how], { encoding: 'utf8' });
  return { status, stderr };
}

test('the process ends with the exit code of its work', () => {
  assert.deepEqual(exit('0'), { status: 0, stderr: '' });
  assert.deepEqual(exit('74'), { status: 74, stderr: '' });
});

test('work that nothing is left to finish is a failure, and says so', () => {
  const { status, stderr } = exit('never');
  assert.equal(status, 1);
  assert.match(stderr, /^ic: Internal error: the program ended before its work did\.\n {2}\S/);
});

test('work that throws is a failure', () => {
  const { status, stderr } = exit('throws');
  assert.equal(status, 1);
  assert.match(stderr, /thrown/);
});
