import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { hasTmux, startInTmux } from '../support/tmux.ts';

const script = fileURLToPath(new URL('./processes/show-progress.ts', import.meta.url));

test('on a terminal progress stays below the log, untorn, and leaves nothing behind', {
  skip: !hasTmux,
  timeout: 60_000,
}, async (t) => {
  // What is typed would stand between the lines: the keyboard is not echoed.
  const terminal = await startInTmux(t, ['sh', '-c', `stty -echo; "${process.execPath}" "${script}"`]);
  const isShown = (screen: readonly string[]) => screen.at(-1)?.includes('branch: 1,204 sessions') ?? false;
  const shown = await terminal.until(isShown);
  assert.match(
    shown.at(-2) ?? '',
    /^\S hq: 12 of 40 files, 48\.2 MB of about 160\.7 MB, [\d.]+ [kM]?B\/s, .* left$/,
  );
  for (const name of ['first', 'second']) {
    await terminal.type(`the ${name} line`);
    await terminal.until((screen) => isShown(screen) && screen.join('\n').includes(`the ${name} line`));
  }
  const screen = await terminal.until((lines) => isShown(lines) && lines.length >= 4);
  assert.deepEqual(screen.slice(0, 2), ['ic: warning: the first line', 'ic: warning: the second line']);
  assert.equal(screen.length, 4, screen.join('\n'));
  await terminal.type('end');
  const left = await terminal.until((lines) => lines.includes('Done.'));
  assert.deepEqual(left.slice(0, 3), [
    'ic: warning: the first line',
    'ic: warning: the second line',
    'Done.',
  ]);
});
