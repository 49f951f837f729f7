import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Fault } from '../../../src/destinations/program/fault.ts';
import { splitCommand } from '../../../src/destinations/program/split-command.ts';

const everywhere: readonly (readonly [command: string, words: readonly string[]])[] = [
  ['', []],
  ['  ', []],
  ['push', ['push']],
  ['python3  push.py\t--fast ', ['python3', 'push.py', '--fast']],
  ['"C:/Program Files/push" --to "second line"', ['C:/Program Files/push', '--to', 'second line']],
  ["push --to='second \"line\"' ''", ['push', '--to=second "line"', '']],
  ['push "it\'s"', ['push', "it's"]],
  ['push $HOME *.xml | cat', ['push', '$HOME', '*.xml', '|', 'cat']],
];

for (const platform of ['linux', 'win32'] as const) {
  for (const [command, words] of everywhere) {
    test(`${platform}: ${command || 'nothing'}`, () =>
      assert.deepEqual(splitCommand(command, platform), words));
  }

  for (const command of ['push "a b', "push 'a b", 'push "a\'']) {
    test(`${platform}: ${command} is not closed`, () => {
      assert.throws(
        () => splitCommand(command, platform),
        (error) =>
          error instanceof Fault && error.code === 'configuration' && /is not closed/.test(error.message),
      );
    });
  }
}

test('a backslash takes the meaning from what follows it', () => {
  const command = String.raw`/opt/my\ push "a \"b\" \c" 'd\e' f\\g`;
  assert.deepEqual(splitCommand(command, 'linux'), ['/opt/my push', 'a "b" \\c', 'd\\e', 'f\\g']);
});

test('on Windows a backslash is itself', () => {
  const command = String.raw`py C:\ic\push.py "\\fs01\share\new folder\" D:\ x`;
  const words = ['py', 'C:\\ic\\push.py', '\\\\fs01\\share\\new folder\\', 'D:\\', 'x'];
  assert.deepEqual(splitCommand(command, 'win32'), words);
});
