import assert from 'node:assert/strict';
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { readConfiguration } from '../../src/config/read.ts';
import { configurationWarnings } from '../../src/config/warnings.ts';
import { archive, env, readText, site, transfer } from '../support/configuration.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

async function warningsOf(
  text: string,
): Promise<readonly (readonly [string | null, string | null, string])[]> {
  const warnings = await configurationWarnings(await readText(text, { env }), 'win32');
  return warnings.map(({ section, key, message }) => [section, key, message]);
}

const quiet = site + archive + transfer;
const ofSessions = (lines: string) => `${quiet}[destination.archive.sessions]\n${lines}\n`;

for (const [name, text] of [
  ['a usual configuration', quiet],
  [
    'quotes that are closed, or quoted themselves',
    `${site}backup_password = \${env:SECRET}\n[site.b]\nhost = "b.example.com"\nclient_id = '"a'\nclient_secret = \${env:SECRET}\n${archive}${transfer}[destination.p]\ntype = program\ncommand = "push it" --all\n`,
  ],
  ['two sessions of one name that get numbers', ofSessions('file_name = %LSEQ%.xml')],
  ['overwriting where names are unique', ofSessions('file_name = %LSID%.xml\non_conflict = overwrite')],
  ['kinds that nobody pulls', `${quiet}[destination.archive.backups]\nfile_name = b.nsb\non_conflict = skip`],
  ['no sweep where there are only backups', quiet.replace('data = sessions', 'data = backups\nsweep = 0')],
  [
    'two transfers of different kinds',
    `${quiet}${transfer.replace('transfer.t', 'transfer.u').replace('data = sessions', 'data = backups')}`,
  ],
] as const) {
  test(`nothing is remarked on: ${name}`, async () => assert.deepEqual(await warningsOf(text), []));
}

const recordings = (lines: string) =>
  `${quiet.replace('data = sessions', 'data = all')}[destination.archive.command-shell-recordings]\n${lines}\n`;

for (const [name, text, section, key, message] of [
  [
    'overwrite',
    ofSessions('file_name = %LSEQ%.xml\non_conflict = overwrite'),
    'destination.archive.sessions',
    'file_name',
    /%LSEQ%\.xml can give two sessions one name.*overwrite keeps only the last/,
  ],
  [
    'skip',
    ofSessions('file_name = %START_DATE%/%EXTERNAL_KEY%.xml\non_conflict = skip'),
    'destination.archive.sessions',
    'file_name',
    /skip keeps only the first/,
  ],
  [
    'recordings without their number',
    recordings('file_name = s-%LSID%.mp4\non_conflict = skip'),
    'destination.archive.command-shell-recordings',
    'file_name',
    /one name/,
  ],
  [
    'two kinds of one name',
    quiet
      .replace('data = sessions', 'data = sessions, session-recordings')
      .replace('directory = archive', 'directory = archive\nfile_name = %LSID%.dat\non_conflict = overwrite'),
    'destination.archive.session-recordings',
    'file_name',
    /directory and file_name of sessions/,
  ],
  ['no sweep', `${quiet}sweep = 0`, 'transfer.t', 'sweep', /never get an end/],
  ['a sweep of hours', `${quiet}sweep = 12h`, 'transfer.t', 'sweep', /shorter than the day/],
  ['a sweep below the overlap', `${quiet}sweep = 2d\noverlap = 3d`, 'transfer.t', 'sweep', /less far back/],
  ['an overlap below settle', `${quiet}overlap = 10s`, 'transfer.t', 'overlap', /shorter than settle/],
  [
    'the same twice',
    `${quiet}${transfer.replace('transfer.t', 'transfer.u')}`,
    'transfer.u',
    'data',
    /as \[transfer\.t\] does/,
  ],
  ['no transfer', site + archive, null, null, /no transfer/],
  ['a plain secret', quiet.replace('${env:SECRET}', 'geheim'), 'site.hq', 'client_secret', /plain text/],
  [
    'a quotation mark that is never closed',
    quiet.replace('${env:SECRET}', '"${env:SECRET} ; a "remark" of mine'),
    'site.hq',
    'client_secret',
    /begins with a quotation mark and does not end with one/,
  ],
  [
    'a mail password in the clear',
    `${quiet}[notify.mail]\nserver = a\nfrom = a@b\nto = b@c\nsecurity = none\nusername = u\npassword = \${env:SECRET}`,
    'notify.mail',
    'security',
    /unencrypted/,
  ],
] as const) {
  test(`one thing is remarked on: ${name}`, async () => {
    const warnings = await warningsOf(text);
    assert.equal(warnings.length, 1, JSON.stringify(warnings, null, 1));
    assert.deepEqual(warnings[0]?.slice(0, 2), [section, key]);
    assert.match(warnings[0]?.[2] ?? '', message);
    assert.doesNotMatch(JSON.stringify(warnings), /geheim|s3cret/);
  });
}

for (const channel of ['webhook', 'ping']) {
  test(`a ${channel} over the network without encryption is remarked on`, async () => {
    const of = async (url: string) =>
      (await warningsOf(`${quiet}[notify.${channel}]\nurl = ${url}`)).filter(([, , message]) =>
        message.includes('without encryption'),
      );
    assert.equal((await of('http://hooks.example.com/x')).length, 1);
    assert.deepEqual(await of('https://hooks.example.com/x'), []);
    assert.deepEqual(await of('http://127.0.0.1:8080/x'), []);
  });
}

test('files that hold secrets and that others can read are remarked on', {
  skip: process.platform === 'win32',
}, async (t) => {
  const directory = await temporaryDirectory(t);
  const [file, keyFile, secretFile] = ['ic.ini', 'ic.key', 'secret.txt'].map((name) =>
    join(directory, name),
  ) as [string, string, string];
  await writeFile(
    file,
    `${site.replace('${env:SECRET}', '${file:secret.txt}')}backup_password = plain\n${archive}${transfer}`,
  );
  await writeFile(secretFile, 's3cret-value\n');
  await writeFile(keyFile, 'x\n');
  const messages = async () => {
    const warnings = await configurationWarnings(await readConfiguration(file, { env: {} }), 'linux');
    return warnings.filter(({ section }) => section === null).map(({ message }) => message.split(' ')[0]);
  };
  const modes = async (...wanted: readonly [number, number, number]) => {
    for (const [index, path] of [file, secretFile, keyFile].entries()) await chmod(path, wanted[index] ?? 0);
  };
  await modes(0o644, 0o604, 0o640);
  assert.deepEqual(await messages(), [file, secretFile, keyFile]);
  await modes(0o640, 0o640, 0o600);
  assert.deepEqual(await messages(), []);
  await modes(0o644, 0o600, 0o600);
  await writeFile(file, site.replace('${env:SECRET}', '${file:secret.txt}') + archive + transfer);
  assert.deepEqual(await messages(), []);
});
