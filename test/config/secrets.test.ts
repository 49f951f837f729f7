import assert from 'node:assert/strict';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { decryptWithDpapi, encryptWithDpapi } from '../../src/config/dpapi.ts';
import { keyFileOf, loadKey, rotateKey } from '../../src/config/key-file.ts';
import { decryptSecret, encryptSecret, type KeyRing, newKey, parseKey } from '../../src/config/secrets.ts';
import type { IcError } from '../../src/platform/errors.ts';
import type { Run } from '../../src/platform/run-program.ts';
import { problemsOf, readText, site } from '../support/configuration.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const here = { section: 'site.hq', key: 'password' };
const ring = (...keys: KeyRing['keys']): KeyRing => ({ source: 'test', keys });
const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');

test('what was encrypted is decrypted, whatever it is', () => {
  const keys = ring(newKey());
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      const value = encryptSecret(text, keys, here);
      assert.match(value, /^enc:v2:[0-9a-f]{8}:[A-Za-z0-9+/]+=*$/);
      assert.equal(decryptSecret(value, keys, here), text);
    }),
  );
});

test('the same secret never looks the same twice', () => {
  const keys = ring(newKey());
  assert.notEqual(encryptSecret('a', keys, here), encryptSecret('a', keys, here));
});

test('after a rotation, the newest key encrypts and the older ones still decrypt', () => {
  const [older, newer] = [newKey(), newKey()];
  const value = encryptSecret('a', ring(older), here);
  assert.equal(decryptSecret(value, ring(newer, older), here), 'a');
  assert.ok(encryptSecret('b', ring(newer, older), here).includes(newer.id));
});

test('another key, a changed value and another form are told apart', () => {
  const key = newKey();
  const value = encryptSecret('geheim', ring(key), here);
  assert.throws(() => decryptSecret(value, ring(newKey()), here), /was encrypted with the key [0-9a-f]{8}/);
  const flipped = value.replace(/.(?=.{6}$)/, (sign) => (sign === 'A' ? 'B' : 'A'));
  assert.throws(() => decryptSecret(flipped, ring(key), here), /damaged/);
  assert.throws(() => decryptSecret('enc:v3:abc', ring(key), here), /no encrypted value that ic knows/);
  assert.throws(() => decryptSecret(value.slice(0, 30), ring(key), here), /no encrypted value that ic knows/);
});

test('a value can be read in its own place alone, and one without a place anywhere', () => {
  const keys = ring(newKey());
  const bound = encryptSecret('geheim', keys, here);
  for (const place of [
    { section: 'site.hq', key: 'host' },
    { section: 'destination.hq', key: 'password' },
    { section: 'site.h', key: 'qpassword' },
  ]) {
    assert.throws(() => decryptSecret(bound, keys, place), /was encrypted for another section or key/);
    assert.equal(decryptSecret(encryptSecret('geheim', keys, null), keys, place), 'geheim');
  }
  const unbound = bound.replace('enc:v2:', 'enc:v1:');
  assert.throws(() => decryptSecret(unbound, keys, here), /damaged/, 'the version is authenticated, too');
});

test('keys are 32 bytes as base64 or hexadecimal digits', () => {
  const { bytes, id } = newKey();
  assert.equal(parseKey(base64(bytes))?.id, id);
  assert.equal(parseKey(Buffer.from(bytes).toString('hex'))?.id, id);
  assert.equal(parseKey(Buffer.from(bytes).toString('base64url'))?.id, id);
  for (const text of ['', 'short', base64(bytes.subarray(1)), 'x'.repeat(64)])
    assert.equal(parseKey(text), null);
});

test('the key file is made on first use, for its owner alone, and then stays', async (t) => {
  const configuration = join(await temporaryDirectory(t), 'ic.ini');
  await assert.rejects(loadKey({ configuration, env: {} }), /does not exist/);
  const made = await loadKey({ configuration, env: {}, create: true });
  const { mode } = await stat(keyFileOf(configuration));
  if (process.platform !== 'win32') assert.equal(mode & 0o777, 0o600);
  const again = await loadKey({ configuration, env: {}, create: true });
  assert.deepEqual(again.keys, made.keys);
  assert.deepEqual((await loadKey({ configuration, env: {} })).keys, made.keys);
});

test('many first uses at once end with one key and nothing beside it', async (t) => {
  const directory = await temporaryDirectory(t);
  const configuration = join(directory, 'ic.ini');
  const rings = await Promise.all(
    Array.from({ length: 8 }, () => loadKey({ configuration, env: {}, create: true })),
  );
  assert.equal(new Set(rings.map(({ keys }) => keys[0]?.id)).size, 1);
  assert.deepEqual(await readdir(directory), ['ic.key']);
});

test('a rotation puts a new key first and keeps the others', async (t) => {
  const directory = await temporaryDirectory(t);
  const configuration = join(directory, 'ic.ini');
  const before = await loadKey({ configuration, env: {}, create: true });
  const value = encryptSecret('a', before, here);
  const rotated = await rotateKey({ configuration, env: {} });
  const loaded = await loadKey({ configuration, env: {} });
  assert.deepEqual(loaded, rotated);
  assert.deepEqual(loaded.keys.slice(1), before.keys);
  assert.equal(decryptSecret(value, loaded, here), 'a');
  assert.deepEqual(await readdir(directory), ['ic.key']);
  if (process.platform !== 'win32') assert.equal((await stat(keyFileOf(configuration))).mode & 0o777, 0o600);
  await assert.rejects(rotateKey({ configuration, env: { IC_KEY: 'x' } }), /IC_KEY/);
});

test('IC_KEY takes the place of the file, with one key or several', async (t) => {
  const configuration = join(await temporaryDirectory(t), 'ic.ini');
  const [one, two] = [newKey(), newKey()];
  const env = { IC_KEY: `${base64(one.bytes)} ${Buffer.from(two.bytes).toString('hex')}\n` };
  const loaded = await loadKey({ configuration, env, create: true });
  assert.deepEqual(
    loaded.keys.map(({ id }) => id),
    [one.id, two.id],
  );
  await assert.rejects(readFile(keyFileOf(configuration)), /ENOENT/);
});

test('a key file that holds something else, or nothing, is a clear error', async (t) => {
  const configuration = join(await temporaryDirectory(t), 'ic.ini');
  await writeFile(keyFileOf(configuration), 'not a key\n');
  await assert.rejects(loadKey({ configuration, env: {} }), /ic\.key holds something that is no key/);
  await writeFile(keyFileOf(configuration), '; nothing\n');
  await assert.rejects(loadKey({ configuration, env: {}, create: true }), /ic\.key holds no key/);
  await assert.rejects(loadKey({ configuration, env: { IC_KEY: 'abc' } }), (error: IcError) => {
    assert.doesNotMatch(error.message + error.hint, /abc/);
    return true;
  });
});

test('on Windows, the key file is taken from everybody but its owner and the system', async (t) => {
  const configuration = join(await temporaryDirectory(t), 'ic.ini');
  const calls: (readonly string[])[] = [];
  const run: Run = async (command, args) => {
    calls.push([command, ...args]);
    return { exitCode: 0, stdout: '', stderr: '' };
  };
  const env = { USERDOMAIN: 'CORP', USERNAME: 'joe' };
  await loadKey({ configuration, env, create: true, platform: 'win32', run });
  assert.equal(calls.length, 1);
  assert.equal(calls[0]?.[0], String.raw`C:\Windows\System32\icacls.exe`);
  assert.deepEqual(calls[0]?.slice(2), [
    '/inheritance:r',
    '/grant:r',
    '*S-1-5-18:F',
    '*S-1-5-32-544:F',
    'CORP\\joe:F',
  ]);
  const refuse: Run = async () => ({ exitCode: 5, stdout: '', stderr: 'Access is denied.' });
  const other = join(await temporaryDirectory(t), 'ic.ini');
  await assert.rejects(
    loadKey({ configuration: other, env, create: true, platform: 'win32', run: refuse }),
    /denied/,
  );
  assert.deepEqual(await readdir(join(other, '..')), []);
});

test('encrypted values of a configuration are decrypted, whatever key they want', async () => {
  const key = newKey();
  const env = { IC_KEY: base64(key.bytes) };
  const secret = encryptSecret('p ; "q" ${env:X}', ring(key), here);
  const host = encryptSecret('hidden.example.com', ring(key), { section: 'site.hq', key: 'host' });
  const text = `[site.hq]\nhost = "${host}"\nusername = u\npassword = ${secret} ; made in May\n`;
  const configuration = await readText(text, { env });
  const hq = configuration.sites.get('hq');
  assert.deepEqual(hq?.credentials, { type: 'user-account', username: 'u', password: 'p ; "q" ${env:X}' });
  assert.equal(hq.host, 'hidden.example.com');
  assert.ok(configuration.secrets.includes('hidden.example.com'));
});

test('encrypted values that cannot be read are problems of their keys', async () => {
  const text = `[site.hq]\nhost = a\nusername = u\npassword = ${encryptSecret('x', ring(newKey()), here)}\nbackup_password = enc:foo\n`;
  const problems = await problemsOf(text, { env: { IC_KEY: base64(newKey().bytes) } });
  assert.deepEqual(
    problems.map(({ key }) => key),
    ['password', 'backup_password'],
  );
  assert.match(problems[0]?.message ?? '', /was encrypted with the key/);
  assert.match(problems[0]?.remedy ?? '', /ic secret encrypt/);
  const withoutKey = await problemsOf(text.replace(/backup.*/, ''), { env: {} });
  assert.match(withoutKey[0]?.message ?? '', /ic\.key does not exist/);
});

/** A stand-in for PowerShell that turns bytes around, and keeps what it was started with. */
function fakePowerShell() {
  const started: { args: string; input: string }[] = [];
  const run: Run = async (_command, args, input) => {
    started.push({ args: Buffer.from(args.at(-1) ?? '', 'base64').toString('utf16le'), input });
    const lines = input.trimEnd().split('\n');
    const answers = lines.map((line) =>
      line === 'AAAA' || line === '-'
        ? 'error Key not valid for use in specified state.'
        : `ok ${base64(Buffer.from(line, 'base64').reverse())}`,
    );
    return { exitCode: 0, stdout: `${answers.join('\r\n')}\r\n`, stderr: '' };
  };
  return { started, run };
}

test('on Windows, a secret goes to PowerShell by standard input and comes back', async () => {
  const { started, run } = fakePowerShell();
  const options = { env: {}, platform: 'win32', run } as const;
  const value = await encryptWithDpapi('pässword', 'machine', options);
  assert.match(value, /^enc:dpapi:[A-Za-z0-9+/]+=*$/);
  assert.deepEqual(await decryptWithDpapi([value], options), [{ text: 'pässword' }]);
  assert.match(started[0]?.args ?? '', /ProtectedData\]::Protect\(\$bytes, \$null, 'LocalMachine'\)/);
  assert.match(started[1]?.args ?? '', /ProtectedData\]::Unprotect/);
  assert.equal(started[0]?.input, `${base64(Buffer.from('pässword'))}\n`);
  assert.doesNotMatch(started.map(({ args }) => args).join(), /pässword|cMOkc3N3b3Jk/);
});

test('one start of PowerShell decrypts all, and one bad value spoils no other', async () => {
  const { started, run } = fakePowerShell();
  const good = await encryptWithDpapi('good', 'user', { env: {}, platform: 'win32', run });
  const text = `[site.hq]\nhost = a\nusername = u\npassword = ${good}\nbackup_password = enc:dpapi:AAAA\nca_file = enc:dpapi:a b\nproxy = ${good}\n`;
  const problems = await problemsOf(text, { platform: 'win32', run });
  assert.deepEqual(
    problems.map(({ key }) => key),
    ['backup_password', 'ca_file', 'proxy'],
  );
  assert.match(problems[0]?.message ?? '', /Key not valid/);
  assert.equal(started.length, 2);
});

test('elsewhere than on Windows its values are a clear problem', async () => {
  const problems = await problemsOf(`${site.replace('${env:SECRET}', 'enc:dpapi:AAAA')}`, {
    platform: 'linux',
  });
  assert.match(problems[0]?.message ?? '', /only on the Windows machine/);
  assert.equal(problems.length, 1);
});
