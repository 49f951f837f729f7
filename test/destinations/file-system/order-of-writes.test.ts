import assert from 'node:assert/strict';
import { relative } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { FileSystemKindConfig } from '../../../src/config/configuration.ts';
import { calm } from '../../conformance/support.ts';
import { archiveConfig, connectArchive, temporaryDirectory } from '../../support/archive.ts';
import { makeFileDelivery, makeSessionDelivery } from '../../support/deliveries.ts';
import { watchedFiles } from '../../support/watched-files.ts';

const posix = { skip: process.platform === 'win32' ? 'directories are not synced there' : false };

/** What changes the disk while sessions, or one recording, are delivered into an archive that has seen some before. */
async function changesWhile(
  context: TestContext,
  onConflict: FileSystemKindConfig['onConflict'],
  what: 'sessions' | 'recording',
): Promise<readonly string[]> {
  const directory = await temporaryDirectory(context);
  const config = archiveConfig(directory, { directory, onConflict, fileName: '%LSID%.%EXTENSION%' });
  await connectArchive(config).deliver([await makeSessionDelivery({ lsid: 'a', chat: 'before' })], calm);
  const staging = await connectArchive(config).stagingDirectory('session-recordings', calm);
  const changes: string[] = [];
  const fileSystem = watchedFiles(({ name, path }) => {
    const label = relative(directory, path)
      .replace(/\.ic-tmp-\w+/, 'T')
      .replace(/\.ic-intent-[\w-]+/, 'I')
      .replace(/download-.*/, 'D')
      .replace(/\d{4}-\d\d/, 'M');
    if (['write', 'sync', 'link', 'rename', 'unlink'].includes(name)) changes.push(`${name} ${label || '.'}`);
  });
  const batch =
    what === 'sessions'
      ? [await makeSessionDelivery({ lsid: 'a', chat: 'after' }), await makeSessionDelivery({ lsid: 'b' })]
      : [await makeFileDelivery({ kind: 'session-recordings', lsid: 'a', content: 'video' }, staging)];
  await connectArchive(config, { fileSystem }).deliver(batch, calm);
  return changes;
}

const intent = ['write .ic-staging/I.jsonl', 'sync .ic-staging/I.jsonl', 'sync .ic-staging'];
const intentDone = ['unlink .ic-staging/I.jsonl', 'unlink .ic-staging/I.lock'];
const manifest = [
  'write ic-manifest/manifest-M.jsonl',
  'sync ic-manifest/manifest-M.jsonl',
  'write ic-manifest/.head.json',
];

test(
  'what is intended is durable first, a file is synced before it has its name, and the name before the manifest says so',
  posix,
  async (context) => {
    assert.deepEqual(await changesWhile(context, 'append-number', 'recording'), [
      ...intent,
      'sync .ic-staging/D',
      'link .ic-staging/D',
      'sync .',
      ...manifest,
      'unlink .ic-staging/D',
      ...intentDone,
    ]);
  },
);

test('the directory of a batch is synced once, when all names are there', posix, async (context) => {
  const changes = await changesWhile(context, 'append-number', 'sessions');
  const staged = ['write .ic-staging/T', 'sync .ic-staging/T', 'link .ic-staging/T'];
  assert.deepEqual(changes.slice(0, 3), intent);
  assert.deepEqual(changes.slice(3, 9).toSorted(), [...staged, ...staged].toSorted());
  assert.ok(changes.indexOf('sync .ic-staging/T') < changes.indexOf('link .ic-staging/T'));
  const unstaged = ['unlink .ic-staging/T', 'unlink .ic-staging/T'];
  assert.deepEqual(changes.slice(9), ['sync .', ...manifest, ...unstaged, ...intentDone]);
});

test('what is replaced is replaced by a rename of a synced file', posix, async (context) => {
  const changes = await changesWhile(context, 'overwrite', 'sessions');
  const place = changes.indexOf('rename .ic-staging/T');
  assert.ok(place > changes.indexOf('sync .ic-staging/T'));
  assert.ok(changes.indexOf('sync .') > 0);
  assert.ok(changes.lastIndexOf('sync .') < changes.indexOf('write ic-manifest/manifest-M.jsonl'));
});
