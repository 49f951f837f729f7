import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { Site } from '../../src/config/configuration.ts';
import type { Fault } from '../appliance/faults.ts';
import type { ApplianceOptions } from '../appliance/options.ts';
import { type Folder, forEver, type Setup, setUp, sha256Of, temporaryFolder } from './support.ts';

const backups = { api: 'backup' } as const;
const options = { signal: forEver, onBytes: () => {} };

async function withFolder(
  simulated: ApplianceOptions = {},
  site: Partial<Site> = {},
): Promise<Setup & { readonly folder: Folder }> {
  const folder = await temporaryFolder();
  const setup = await setUp(simulated, site);
  return {
    ...setup,
    folder,
    [Symbol.asyncDispose]: async () => {
      await setup[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

test('a backup comes whole, with its hash', async () => {
  await using setup = await withFolder({ backup: { size: 2_500_000 } });
  const file = await setup.appliance.downloadBackup(setup.folder.file('b'), options);
  assert.deepEqual(file, {
    bytes: 2_500_000,
    sha256: setup.simulated.backupSha256(1),
    extension: 'nsb',
    mediaType: 'application/octet-stream',
  });
  assert.equal(await sha256Of(setup.folder.file('b')), file.sha256);
  assert.equal(setup.simulated.requests.last(backups)?.method, 'GET');
});

test('a password goes as JSON, or in the field of older versions', async () => {
  await using setup = await withFolder({}, { backupPassword: 'p"ss' });
  await setup.appliance.downloadBackup(setup.folder.file('b'), options);
  assert.equal(setup.simulated.backup.served[0]?.password, 'p"ss');
  await using older = await withFolder(
    { backup: { passwordField: 'pw' } },
    { backupPassword: 'p"ss', backupPasswordField: 'pw' },
  );
  await older.appliance.downloadBackup(older.folder.file('b'), options);
  assert.equal(older.simulated.backup.served[0]?.password, 'p"ss');
});

test('a user account needs a field for the password of the backup', async () => {
  const credentials = { type: 'user-account', username: 'ic', password: 'secret' } as const;
  await using setup = await withFolder({ users: [credentials] }, { credentials, backupPassword: 'x' });
  const download = setup.appliance.downloadBackup(setup.folder.file('b'), options);
  await assert.rejects(download, { code: 'configuration', hint: /backup_password_field/ });
});

const page = '<html><title>Sign in</title></html>';
const disguised = {
  'a page in UTF-16': Buffer.from(`\ufeff${page}`, 'utf16le'),
  'a page in UTF-16 from the other end': Buffer.from(`\ufeff${page}`, 'utf16le').swap16(),
  'a page in UTF-16 without a mark': Buffer.from(page, 'utf16le'),
  'a page packed by gzip': gzipSync(page),
  'an error packed by gzip': gzipSync('<error>Backup is not possible</error>'),
  'a sentence packed by gzip': gzipSync('Maintenance in progress'),
  'a long text': Buffer.from('Maintenance in progress. '.repeat(300)),
  'nothing but zeros': Buffer.alloc(2000),
};

for (const [name, body] of Object.entries(disguised)) {
  test(`${name} is no backup`, async () => {
    await using setup = await withFolder();
    setup.simulated.faults.add({ type: 'body', body }, backups);
    await assert.rejects(setup.appliance.downloadBackup(setup.folder.file('b'), options), {
      code: 'not-understood',
    });
  });
}

for (const [name, fault, code] of [
  ['Invalid credentials', { type: 'body', body: 'Invalid credentials' }, 'refused'],
  ['another text', { type: 'body', body: 'Busy' }, 'not-understood'],
  ['an error', { type: 'error', text: 'Backup is not possible' }, 'not-understood'],
  ['a missing permission', { type: 'error', text: 'Document Not Found' }, 'refused'],
  ['JSON', { type: 'json' }, 'not-understood'],
  ['a page', { type: 'html' }, 'not-understood'],
  ['nothing', { type: 'empty' }, 'not-understood'],
  ['a reset in the middle', { type: 'reset-body' }, 'unreachable'],
] as const satisfies readonly (readonly [string, Fault, string])[]) {
  test(`${name} in place of a backup is ${code}`, async () => {
    await using setup = await withFolder();
    setup.simulated.faults.add(fault, backups);
    await assert.rejects(setup.appliance.downloadBackup(setup.folder.file('b'), options), { code });
  });
}

test('a backup that was packed on the way, which was not asked for, is not stored', async () => {
  await using setup = await withFolder();
  setup.simulated.faults.add({ type: 'content-encoding', value: 'gzip' }, backups);
  await assert.rejects(setup.appliance.downloadBackup(setup.folder.file('b'), options), {
    code: 'not-understood',
    message: /Content-Encoding gzip/,
  });
});

test('a backup that ends with its connection is not whole, for nothing of it proves its end', async () => {
  await using setup = await withFolder({ backup: { size: 300_000 } });
  setup.simulated.faults.add({ type: 'close-delimited' }, backups);
  await assert.rejects(setup.appliance.downloadBackup(setup.folder.file('b'), options), {
    code: 'unreachable',
    message: /the answer had no length, and a backup does not prove its end/,
  });
  setup.simulated.backup.contentLength = true;
  assert.equal((await setup.appliance.downloadBackup(setup.folder.file('b'), options)).bytes, 300_000);
});
