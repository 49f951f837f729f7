import assert from 'node:assert/strict';
import { chmod, readdir, readFile, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { readConfiguration } from '../../src/config/read.ts';
import { encryptSecret, newKey } from '../../src/config/secrets.ts';
import { archive, transfer } from '../support/configuration.ts';
import { runSource, sourceCommand } from '../support/run-source.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { hasTmux, startInTmux } from '../support/tmux.ts';

const isPosix = process.platform !== 'win32';

/** What the configuration in a directory gives for the site's client secret. */
async function secretIn(directory: string, env: NodeJS.ProcessEnv = {}): Promise<string> {
  const { sites } = await readConfiguration(join(directory, 'ic.ini'), { env });
  const credentials = sites.get('hq')?.credentials;
  return credentials?.type === 'api-account' ? credentials.clientSecret : '';
}

function settings(secret: string): string {
  return `[site.hq]\nhost = support.example.com\nclient_id = id\nclient_secret = ${secret}\n${archive}${transfer}`;
}

test('what is piped in becomes a value that the configuration understands, and the key is its owner’s alone', async (t) => {
  const directory = await temporaryDirectory(t);
  const ended = await runSource(['secret', 'encrypt'], { cwd: directory, input: ' p#a;ss "ä\n\n' });
  assert.equal(ended.code, 0, ended.stderr);
  assert.match(ended.stdout, /^enc:v1:[0-9a-f]{8}:[A-Za-z0-9+/]+=*\n$/);
  assert.match(ended.stderr, /Made the key .*ic\.key/);
  assert.deepEqual(await readdir(directory), ['ic.key']);
  if (isPosix) assert.equal((await stat(join(directory, 'ic.key'))).mode & 0o777, 0o600);
  await writeFile(join(directory, 'ic.ini'), settings(ended.stdout.trim()));
  assert.equal(await secretIn(directory), ' p#a;ss "ä\n');
});

test('a value that is encrypted for its place is refused in another, and check warns of one that is not', async (t) => {
  const directory = await temporaryDirectory(t);
  const encrypt = async (...place: string[]) =>
    (await runSource(['secret', 'encrypt', ...place], { cwd: directory, input: 's3cret' })).stdout.trim();
  const file = join(directory, 'ic.ini');
  const bound = await encrypt('site.hq', 'client_secret');
  assert.match(bound, /^enc:v2:/);
  await writeFile(file, settings(bound), { mode: 0o600 });
  assert.equal(await secretIn(directory), 's3cret');
  const check = () => runSource(['check', '--offline'], { cwd: directory });
  assert.doesNotMatch((await check()).stdout, /read in any other section/);

  await writeFile(file, settings('x').replace('directory = ', `directory = ${bound} ;`), { mode: 0o600 });
  const moved = await check();
  assert.equal(moved.code, 78);
  assert.match(moved.stdout, /was encrypted for another section or key/);
  assert.doesNotMatch(moved.stdout + moved.stderr, /s3cret/);

  await writeFile(file, settings(await encrypt()), { mode: 0o600 });
  assert.equal(await secretIn(directory), 's3cret');
  assert.match((await check()).stdout, /read in any other section and key/);
  const rotated = await runSource(['secret', 'rotate'], { cwd: directory });
  assert.equal(rotated.code, 0, rotated.stderr);
  assert.equal(await secretIn(directory), 's3cret');
  assert.doesNotMatch((await check()).stdout, /read in any other section/);
});

test('the key is beside the configuration that is named, or comes from IC_KEY', async (t) => {
  const [directory, other] = [await temporaryDirectory(t), await temporaryDirectory(t)];
  const config = join(other, 'ic.ini');
  const first = await runSource(['secret', 'encrypt', '-c', config, '--json'], {
    cwd: directory,
    input: 'one',
  });
  const { value, key_file, ...rest } = JSON.parse(first.stdout);
  assert.deepEqual(rest, { command: 'secret encrypt', exit_code: 0 });
  assert.equal(key_file, join(other, 'ic.key'));
  assert.deepEqual(await readdir(directory), []);
  await writeFile(config, settings(value));
  assert.equal(await secretIn(other), 'one');

  const key = Buffer.from(newKey().bytes).toString('base64');
  const second = await runSource(['secret', 'encrypt'], {
    cwd: directory,
    input: 'two',
    env: { IC_KEY: key },
  });
  await writeFile(join(directory, 'ic.ini'), settings(second.stdout.trim()));
  assert.deepEqual(await readdir(directory), ['ic.ini']);
  assert.equal(await secretIn(directory, { IC_KEY: key }), 'two');
});

test('without a secret, or with one on the command line, nothing is made', async (t) => {
  const directory = await temporaryDirectory(t);
  for (const [parameters, input] of [
    [[], '\n'],
    [['hunter2'], 'x'],
    [['--dpapi', 'user'], 'x'],
    [['--dpapi', 'everybody'], 'x'],
  ] as const) {
    if (!isPosix && parameters[1] === 'user') continue;
    const ended = await runSource(['secret', 'encrypt', ...parameters], { cwd: directory, input });
    assert.equal(ended.code, 2, ended.stderr);
    assert.equal(ended.stdout, '');
  }
  assert.deepEqual(await readdir(directory), []);
});

test('what is no UTF-8 text is refused, as nobody typed the secret that it would become', async (t) => {
  const directory = await temporaryDirectory(t);
  for (const input of [Buffer.from('p\xe4ss', 'latin1'), Buffer.from('pass', 'utf16le')]) {
    const ended = await runSource(['secret', 'encrypt'], { cwd: directory, input });
    assert.equal(ended.code, 2);
    assert.match(ended.stderr, /Standard input is not UTF-8 text/);
  }
  assert.deepEqual(await readdir(directory), []);
});

test('what is typed on a terminal is not shown', {
  skip: !hasTmux && 'needs tmux',
  timeout: 60_000,
}, async (t) => {
  const directory = await temporaryDirectory(t);
  const command = `cd '${directory}'; '${sourceCommand.join("' '")}' secret encrypt > value; echo done=$?`;
  const terminal = await startInTmux(t, ['sh', '-c', command]);
  await terminal.until((screen) => screen.some((line) => line.startsWith('Secret (not shown):')));
  await terminal.type('hunter2hunter2');
  const screen = await terminal.until((lines) => lines.includes('done=0'));
  assert.doesNotMatch(screen.join('\n'), /hunter2/);
  await writeFile(
    join(directory, 'ic.ini'),
    settings((await readFile(join(directory, 'value'), 'utf8')).trim()),
  );
  assert.equal(await secretIn(directory), 'hunter2hunter2');
});

test('Ctrl-C at the question ends it, with nothing made', {
  skip: !hasTmux && 'needs tmux',
  timeout: 60_000,
}, async (t) => {
  const directory = await temporaryDirectory(t);
  const command = `cd '${directory}'; '${sourceCommand.join("' '")}' secret encrypt; echo done=$?`;
  const terminal = await startInTmux(t, ['sh', '-c', command]);
  await terminal.until((screen) => screen.some((line) => line.startsWith('Secret (not shown):')));
  await terminal.type('\u0003');
  await terminal.until((lines) => lines.includes('done=130'));
  assert.deepEqual(await readdir(directory), []);
});

test('--in-place encrypts one value and leaves every other byte, and who may read the file', async (t) => {
  const directory = await temporaryDirectory(t);
  const file = join(directory, 'ic.ini');
  const before = `\ufeff; ä\r\n${settings('"s;3 #cret"   ; why').replaceAll('\n', '\r\n')}`;
  await writeFile(file, before);
  await chmod(file, 0o640);
  const ended = await runSource(['secret', 'encrypt', '--in-place', 'site.hq', 'client_secret'], {
    cwd: directory,
  });
  assert.equal(ended.code, 0, ended.stderr);
  const after = await readFile(file, 'utf8');
  const encrypted = /enc:[^"]+/.exec(after)?.[0] ?? '';
  assert.equal(after.replace(encrypted, 's;3 #cret'), before);
  assert.equal(await secretIn(directory), 's;3 #cret');
  if (isPosix) assert.equal((await stat(file)).mode & 0o777, 0o640);
  for (const [section, key] of [
    ['site.hq', 'client_secret'],
    ['site.hq', 'nothing'],
  ] as const) {
    const again = await runSource(['secret', 'encrypt', '--in-place', section, key], { cwd: directory });
    assert.equal(again.code, 2, again.stderr);
  }
  assert.equal(await readFile(file, 'utf8'), after);
});

test('values that are encrypted in place at once are all encrypted', async (t) => {
  const directory = await temporaryDirectory(t);
  const file = join(directory, 'ic.ini');
  const names = ['one', 'two', 'three', 'four', 'five'];
  await writeFile(file, names.map((name) => `[site.${name}]\nclient_secret = secret-${name}\n`).join(''));
  const all = names.map((name) =>
    runSource(['secret', 'encrypt', '--in-place', `site.${name}`, 'client_secret'], { cwd: directory }),
  );
  for (const { code, stderr } of await Promise.all(all)) assert.equal(code, 0, stderr);
  assert.equal((await readFile(file, 'utf8')).match(/= enc:v2:/g)?.length, names.length);
});

async function encryptedConfiguration(t: TestContext): Promise<string> {
  const directory = await temporaryDirectory(t);
  const { stdout } = await runSource(['secret', 'encrypt'], { cwd: directory, input: 'the-secret' });
  await writeFile(join(directory, 'ic.ini'), `; was: ${stdout}${settings(`${stdout.trim()} ; in May`)}`);
  return directory;
}

test('rotation puts a new key first and encrypts every value anew, and changes nothing else', async (t) => {
  const directory = await encryptedConfiguration(t);
  const file = join(directory, 'ic.ini');
  const before = await readFile(file, 'utf8');
  const ended = await runSource(['secret', 'rotate'], { cwd: directory });
  assert.equal(ended.code, 0, ended.stderr);
  assert.match(ended.stdout, /^1 value of .*ic\.ini encrypted with the new key/);
  const after = await readFile(file, 'utf8');
  const value = /client_secret = (\S+)/;
  assert.notEqual(value.exec(after)?.[1], value.exec(before)?.[1]);
  assert.equal(after.replace(value, ''), before.replace(value, ''));
  assert.equal(await secretIn(directory), 'the-secret');
  // The older key is still there for the older value.
  await writeFile(file, before);
  assert.equal(await secretIn(directory), 'the-secret');
  await writeFile(file, after);
  const dropped = await runSource(['secret', 'rotate', '--drop-old-keys', '--json'], { cwd: directory });
  assert.equal(JSON.parse(dropped.stdout).values, 1);
  assert.equal(await secretIn(directory), 'the-secret');
  await writeFile(file, before);
  await assert.rejects(secretIn(directory), /was encrypted with the key/);
});

test('a rotation removes what a killed one left, and nobody else’s unfinished files', async (t) => {
  const directory = await encryptedConfiguration(t);
  const [ours, fresh, foreign] = ['.ic-tmp-own-1', '.ic-tmp-own-2', '.ic-tmp-1'];
  for (const name of [ours, fresh, foreign]) await writeFile(join(directory, name), 'client_secret = s');
  const earlier = Date.now() / 1000 - 120;
  for (const name of [ours, foreign]) await utimes(join(directory, name), earlier, earlier);
  assert.equal((await runSource(['secret', 'rotate'], { cwd: directory })).code, 0);
  const left = (await readdir(directory)).filter((name) => name.startsWith('.ic-tmp-'));
  assert.deepEqual(left.sort(), [foreign, fresh]);
});

test('what cannot be decrypted stops a rotation before anything is written', async (t) => {
  const directory = await encryptedConfiguration(t);
  const file = join(directory, 'ic.ini');
  const lost = encryptSecret(
    'x',
    { source: '', keys: [newKey()] },
    { section: 'site.hq', key: 'client_secret' },
  );
  await writeFile(file, `${await readFile(file, 'utf8')}[notify.mail]\npassword = ${lost}\n`);
  const before = [await readFile(file, 'utf8'), await readFile(join(directory, 'ic.key'), 'utf8')];
  const ended = await runSource(['secret', 'rotate', '--drop-old-keys'], { cwd: directory });
  assert.equal(ended.code, 78);
  assert.match(ended.stderr, /Nothing was changed: \[notify\.mail\] password was encrypted with the key/);
  assert.deepEqual([await readFile(file, 'utf8'), await readFile(join(directory, 'ic.key'), 'utf8')], before);
});

test('with IC_KEY, values are encrypted with the key that stands first', async (t) => {
  const directory = await temporaryDirectory(t);
  const [older, newer] = [newKey(), newKey()];
  const base64 = ({ bytes }: { bytes: Uint8Array }) => Buffer.from(bytes).toString('base64');
  await writeFile(
    join(directory, 'ic.ini'),
    settings(encryptSecret('s', { source: '', keys: [older] }, { section: 'site.hq', key: 'client_secret' })),
  );
  const one = await runSource(['secret', 'rotate'], { cwd: directory, env: { IC_KEY: base64(older) } });
  assert.equal(one.code, 78);
  const both = `${base64(newer)} ${base64(older)}`;
  const two = await runSource(['secret', 'rotate'], { cwd: directory, env: { IC_KEY: both } });
  assert.equal(two.code, 0, two.stderr);
  assert.equal(await secretIn(directory, { IC_KEY: base64(newer) }), 's');
});

test('two rotations at once lose no secret', async (t) => {
  const directory = await encryptedConfiguration(t);
  const both = await Promise.all([1, 2].map(() => runSource(['secret', 'rotate'], { cwd: directory })));
  for (const { code, stderr } of both) assert.ok(code === 0 || code === 75, stderr);
  assert.ok(both.some(({ code }) => code === 0));
  assert.equal(await secretIn(directory), 'the-secret');
});
