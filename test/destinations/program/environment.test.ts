import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pluginEnvironment } from '../../../src/destinations/program/environment.ts';
import { readText } from '../../support/configuration.ts';

const environment = {
  CLIENT: 'client-secret',
  FIRST: 'first-half',
  SECOND: 'second-half',
  CONNECTION: 'Server=sql01;User Id=u;Password=db-pass',
  SQL_HOST: 'sql02',
  SQL_PASSWORD: 'other-pass',
  PROXY: 'http://u:proxy-pass@proxy:1',
  HOOK: 'T000/B000',
  PROGRAM_KEY: 'program-key',
  OTHERS: 'token-of-another',
  OWN: 'token-of-its-own',
  IC_KEY: 'key',
  PATH: '/usr/bin',
  LANG: 'C.UTF-8',
  LEFT: 'alone',
};

const text = `
[site.hq]
host = a
client_id = id
client_secret = \${env:CLIENT}
backup_password = \${env:PROGRAM_KEY}
proxy = \${env:PROXY}
[site.branch]
host = b
username = u
password = \${env:FIRST}-\${env:SECOND}
[destination.db]
type = sql-server
connection_string = \${env:CONNECTION}
[destination.db2]
type = sql-server
connection_string = Server=\${env:SQL_HOST};Password=\${env:SQL_PASSWORD}
[destination.other]
type = program
command = other
bearer = Bearer \${env:OTHERS}
[destination.p]
type = program
command = p
token = \${env:OWN}
[notify.webhook]
url = https://hooks.example.com/services/\${env:HOOK}
`;

test('no variable that a secret comes from reaches a program, whole, in part or within another text', async () => {
  const { destinations } = await readText(text, { env: environment });
  const config = destinations.get('p');
  assert.ok(config?.type === 'program');
  const given = pluginEnvironment(environment, config);
  const names = Object.keys(given).filter((name) => !name.startsWith('PYTHON'));
  assert.deepEqual(names.sort(), ['LANG', 'LEFT', 'PATH', 'SQL_HOST']);
});
