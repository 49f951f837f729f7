import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encryptSecret, newKey } from '../../src/config/secrets.ts';
import { archive, readText } from '../support/configuration.ts';

const account = '[site.hq]\nhost = a\nusername = u\n';
const database = (connection: string) =>
  `[destination.a]\ntype = sql-server\nconnection_string = ${connection}\n`;

for (const [name, text, expected] of [
  ['a plain password', `${account}password = hunter2`, ['hunter2']],
  ['a password from the environment', `${account}password = a-\${env:P}`, ['a-from env', 'a-from%20env']],
  ['a backup password', `${account}password = ppp\nbackup_password = bbb`, ['ppp', 'bbb']],
  [
    'a password in the URL of a proxy',
    `${account}password = ppp\nproxy = http://u:p%40q@proxy:1`,
    ['ppp', 'p%40q', 'p%2540q', 'p@q'],
  ],
  ['a password in a connection string', database('Server=a;Pwd=x#y;Encrypt=true'), ['x#y', 'x%23y']],
  [
    'a quoted one',
    database('Server=a;User Id=b; password = "x;""y" ;Encrypt=true'),
    ['"x;""y"', '%22x%3B%22%22y%22', 'x;"y', 'x%3B%22y'],
  ],
  ['a connection string without one', database('Server=a;Integrated Security=true'), []],
  ['a connection string from the environment', database('${env:C}'), ['pw-of-c']],
  [
    'the address of a webhook',
    '[notify.webhook]\nurl = https://h/T/B',
    ['https://h/T/B', 'https%3A%2F%2Fh%2FT%2FB', '/T/B', '%2FT%2FB'],
  ],
  [
    'the address of a ping',
    '[notify.ping]\nurl = https://h/?k=1',
    ['https://h/?k=1', 'https%3A%2F%2Fh%2F%3Fk%3D1', '/?k=1', '%2F%3Fk%3D1'],
  ],
  [
    'what a program refers to',
    '[destination.p]\ntype = program\ncommand = x\nbearer = Bearer ${env:P}\nurl = https://a',
    ['from env', 'from%20env'],
  ],
  ['what a program calls a secret', '[destination.p]\ntype = program\ncommand = x\napi_token = ttt', ['ttt']],
  ['no secret at all', archive, []],
] as const) {
  test(`the secrets are known: ${name}`, async () => {
    const { secrets } = await readText(text, {
      env: { P: 'from env', C: 'Server=a;Password=pw-of-c', N: '' },
    });
    assert.deepEqual(secrets, expected);
  });
}

for (const [name, value, kept] of [
  ['in the file', 'hunter2', 'plain'],
  ['in the environment', '${env:P}', 'env'],
  ['in a file', `\${file:${import.meta.filename}}`, 'file'],
  ['encrypted', 'ENCRYPTED', 'encrypted'],
] as const) {
  test(`it is known where a secret is kept: ${name}`, async () => {
    const key = newKey();
    const encrypted = encryptSecret('hunter2', { source: 'test', keys: [key] }, null);
    const env = { P: 'p', IC_KEY: Buffer.from(key.bytes).toString('base64') };
    const text = `${account}password = ${value.replace('ENCRYPTED', encrypted)}`;
    const { secretPlaces } = await readText(text, { env });
    const path = kept === 'file' ? import.meta.filename : null;
    assert.deepEqual(secretPlaces, [
      { section: 'site.hq', key: 'password', line: 4, kept, path, bound: kept !== 'encrypted' },
    ]);
  });
}

test('a connection string is plain when its password is', async () => {
  const keptOf = async (text: string) =>
    (await readText(database(text), { env: { P: 'p', S: 's' } })).secretPlaces.map(({ kept }) => kept);
  assert.deepEqual(await keptOf('Server=${env:S};Password=plain'), ['plain']);
  assert.deepEqual(await keptOf('Server=s;Password=${env:P};Encrypt=true'), ['env']);
  assert.deepEqual(await keptOf('Server=s;Integrated Security=true'), []);
});
