import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commands } from '../../src/commands/commands.ts';
import { parseCommandLine } from '../../src/commands/parse.ts';

test('flags of every command may come before it, with their values', async () => {
  for (const line of ['-c a.ini --json pull x', '--config a.ini pull --json x', '--json pull x -c a.ini']) {
    const invocation = await parseCommandLine(line.split(' '), commands, 80);
    assert.ok(invocation.type === 'command', line);
    assert.equal(invocation.command.name, 'pull');
    assert.deepEqual(invocation.arguments.positionals, ['x']);
    assert.deepEqual([invocation.common.config, invocation.common.json], ['a.ini', true]);
  }
});
