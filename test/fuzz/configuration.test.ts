import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { test } from 'node:test';
import { inspect } from 'node:util';
import fc from 'fast-check';
import type { Configuration } from '../../src/config/configuration.ts';
import { readIniLines, readValue, writeValue } from '../../src/config/ini-lines.ts';
import { ConfigurationError, Problems } from '../../src/config/problem.ts';
import { encryptSecret, newKey } from '../../src/config/secrets.ts';
import { readText } from '../support/configuration.ts';
import { fuzz } from './fuzz.ts';
import { composed, mutated } from './mutations.ts';

const key = newKey();
const secret = 'S3cretOfTheEnvironment';
const hidden = 'Encrypt3dInThePlace';
const ring = { source: 'IC_KEY', keys: [key] };
const env = {
  IC_HQ_SECRET: secret,
  SECRET: secret,
  IC_KEY: Buffer.from(key.bytes).toString('base64'),
};
const encrypted = encryptSecret(hidden, ring, { section: 'site.b', key: 'password' });

const example = readFileSync(new URL('../../config.example.ini', import.meta.url), 'utf8');
const uncommented = example.replaceAll(/^;(?=[a-z_.-]+ =)/gm, '');
const small = [
  '[site.hq]\nhost = support.example.com\nclient_id = id\nclient_secret = ${env:SECRET}\n',
  `[site.b]\nhost = b.example.com:8443\nusername = u\npassword = ${encrypted}\nproxy = http://u:\${env:SECRET}@proxy:3128\n`,
  '[destination.archive]\ntype = file-system\ndirectory = archive\nfile_name = %LSID%.%EXTENSION%\n',
  '[destination.archive.backups]\ndirectory = b\nretention_count = 3\n',
  '[destination.db]\ntype = sql-server\nconnection_string = Server=sql01;Database=BGInfo;User Id=u;Password=${env:SECRET}\n',
  '[destination.lite]\ntype = sqlite\npath = a.db\n[destination.p]\ntype = program\ncommand = /bin/x "a b"\nown = ${env:SECRET}\n',
  '[transfer.t]\nsite = hq\ndestination = archive\ndata = sessions, backups\nstart = 30d\nevery = 15m\n',
  '[notify.webhook]\nurl = https://hooks.example.com/${env:SECRET}\n[notify.mail]\nserver = m\nfrom = a@b.c\nto = d@e.f\npassword = ${env:SECRET}\nusername = u\n',
].join('');

const words = [
  ...[
    '[',
    ']',
    '[site.hq]',
    '[site.]',
    '[__proto__]',
    '[site.__proto__]',
    '[destination.archive.sessions]',
    '[transfer.t]',
    '[x.y.z.w]',
  ],
  ...[
    ' = ',
    '=',
    ';',
    '#',
    ' ; ',
    '"',
    "'",
    '\n',
    '\r\n',
    '\r',
    '${env:SECRET}',
    '$${env:SECRET}',
    '${env:NO}',
    '${file:no}',
    '${',
    '}',
  ],
  ...[
    '${env:',
    '${x:y}',
    '${file:\0}',
    '${file:}',
    '${file:.}',
    encrypted,
    'enc:',
    'enc:v1:',
    'enc:dpapi:AAAA',
    '%LSID%',
    '%',
    '%x%',
    '/',
    '\\',
  ],
  ...[
    'type = program',
    'type = sqlite',
    'host = ',
    'host = [::1',
    'host = a:99999',
    'insecure_http = yes',
    'empty_report_pattern = (',
    'at = 25:00',
  ],
  ...[
    'max_record = 9e9TB',
    'every = 0',
    'every = 99999999999d',
    'start = 2026-02-30',
    'start = all',
    'data = all',
    '__proto__ = x',
    'constructor = y',
  ],
  ...[
    'connection_string = ;;=;',
    'connection_string = {',
    'Password={',
    "='",
    'command = "',
    'command = ',
    '-----BEGIN CERTIFICATE-----',
    'a'.repeat(3000),
  ],
];

const texts = fc.oneof(
  { weight: 3, arbitrary: mutated([small], words) },
  { weight: 1, arbitrary: mutated([example, uncommented], words) },
  { weight: 1, arbitrary: composed(words) },
);

function checkConfiguration(configuration: Configuration): void {
  for (const site of configuration.sites.values()) {
    assert.ok(URL.canParse(`https://${site.host}`), site.host);
    for (const number of [site.timeout, site.concurrency, site.requestsPerSecond, site.maxRecord])
      assert.ok(Number.isFinite(number) && number > 0, String(number));
  }
  for (const transfer of configuration.transfers.values()) {
    assert.ok(configuration.sites.has(transfer.site) && configuration.destinations.has(transfer.destination));
    assert.ok(transfer.every >= 60 && transfer.every <= 604_800 && transfer.data.length > 0);
    for (const seconds of [transfer.overlap, transfer.sweep, transfer.settle, transfer.giveUpAfter])
      assert.ok(Number.isFinite(seconds) && seconds >= 0, String(seconds));
  }
  for (const destination of configuration.destinations.values())
    if (destination.type === 'file-system')
      for (const { directory } of destination.kinds.values()) assert.ok(isAbsolute(directory), directory);
}

test('any text is a configuration of sound values, or problems that tell no secret', async (t) => {
  await fuzz(t, texts, 1500, async (bytes) => {
    try {
      const configuration = await readText(bytes, { env, platform: 'linux' });
      checkConfiguration(configuration);
      const text = JSON.stringify(configuration, (_key, value) =>
        value instanceof Map ? [...value] : value,
      );
      if (text.includes(secret)) assert.ok(configuration.secrets.some((one) => one.includes(secret)));
    } catch (error) {
      assert.ok(error instanceof ConfigurationError, inspect(error));
      assert.ok(error.problems.length > 0);
      const told = JSON.stringify(error.toSummary());
      assert.ok(!told.includes(secret), told);
      assert.ok(!told.includes(hidden), told);
      for (const { line } of error.problems) assert.ok(line === null || (Number.isInteger(line) && line > 0));
    }
  });
});

test('any value that a line gives is written so that it is read again', async (t) => {
  await fuzz(t, texts, 1500, (bytes) => {
    const sections = readIniLines(bytes.toString(), new Problems());
    for (const { entries } of sections.values())
      for (const { value } of entries.values()) {
        const written = writeValue(value);
        assert.ok(written !== null, JSON.stringify(value));
        assert.equal(readValue(` ${written}`), value);
      }
  });
});
