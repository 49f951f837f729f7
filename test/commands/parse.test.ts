import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commands } from '../../src/commands/commands.ts';
import { parseInstant } from '../../src/commands/instants.ts';
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

test('a flag that takes no value is given none', async () => {
  for (const flag of ['--dry-run=yes', '--dry-run=', '--json=1', '--verbose=2']) {
    const parsing = parseCommandLine(['pull', flag], commands, 80);
    await assert.rejects(parsing, { code: 'usage', message: /^--[a-z-]+ takes no value: leave out =/ });
  }
});

test('a flag that is not known is named with its dashes, and with the one that may be meant', async () => {
  for (const [line, said] of [
    ['pull --bogus', 'There is no flag --bogus.'],
    ['pull --dryrun', 'There is no flag --dryrun. Is --dry-run meant?'],
    ['pull --sesion=abc t', 'There is no flag --sesion. Is --session meant?'],
    ['pull --no-colour', 'There is no flag --no-colour. Is --no-color meant?'],
    ['--jsn pull t', 'There is no flag --jsn. Is --json meant?'],
    ['pull -qx', 'There is no flag -x.'],
    ['replay a.xml -t archive', 'There is no flag -t. Is --to meant?'],
    ['check archive', 'Unknown argument: archive.'],
  ] as const) {
    const parsing = parseCommandLine(line.split(' '), commands, 80);
    await assert.rejects(parsing, { code: 'usage', message: said }, line);
  }
});

test('a flag that may be repeated takes one value each time', async () => {
  for (const line of [
    'pull --session a t --session b',
    'pull t --session=a --session=b',
    'pull --session a --session b t',
  ]) {
    const invocation = await parseCommandLine(line.split(' '), commands, 80);
    assert.ok(invocation.type === 'command');
    assert.deepEqual(invocation.arguments.positionals, ['t'], line);
    assert.deepEqual(invocation.arguments.texts('session'), ['a', 'b'], line);
  }
});

test('help of a group tells its commands and their flags', async () => {
  for (const line of ['schedule --help', '-h schedule', '-c x.ini schedule --help']) {
    const invocation = await parseCommandLine(line.split(' '), commands, 80);
    const text = invocation.type === 'text' ? invocation.text : '';
    assert.match(text, /^ic schedule COMMAND/, line);
    assert.match(text, /ic schedule systemd {2}[\s\S]*Flags of ic schedule systemd:[\s\S]*--install/);
    assert.doesNotMatch(text, /ic pull/);
  }
  const own = await parseCommandLine(['secret', 'encrypt', '--help'], commands, 80);
  assert.match(own.type === 'text' ? own.text : '', /^ic secret encrypt[\s\S]*--in-place/);
});

test('a UNIX time has as many digits as the present one, more or less', () => {
  assert.equal(parseInstant('1700000000', 'since', 0), 1_700_000_000);
  for (const text of ['5', '20260101', '1700000000000']) {
    assert.throws(() => parseInstant(text, 'since', 0), { code: 'usage', message: /9 to 11 digits/ });
  }
});

test('what follows -- is an operand, whatever it begins with', async () => {
  for (const [line, operands] of [
    ['replay -- a.xml', ['a.xml']],
    ['replay --to archive -- -b.xml --json', ['-b.xml', '--json']],
    ['replay a.xml -- -', ['a.xml', '-']],
  ] as const) {
    const invocation = await parseCommandLine(line.split(' '), commands, 80);
    assert.ok(invocation.type === 'command', line);
    assert.deepEqual(invocation.arguments.positionals, operands);
    assert.equal(invocation.common.json, false);
  }
});
