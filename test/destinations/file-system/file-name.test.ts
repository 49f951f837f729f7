import assert from 'node:assert/strict';
import { isAbsolute, normalize } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { fileNameValuesOf } from '../../../src/config/types/file-name.ts';
import type { Delivery, ItemNames } from '../../../src/destinations/destination.ts';
import { fileNameFor } from '../../../src/destinations/file-system/file-name.ts';
import { toSystemPath } from '../../../src/destinations/file-system/layout.ts';
import { kinds } from '../../../src/platform/kinds.ts';
import { sampleTime } from '../../support/deliveries.ts';

const names: ItemNames = {
  site: 'hq',
  host: 'support.example.com',
  lsid: '4b1f0c6a',
  instance: 2,
  lseq: '48213',
  sessionType: 'support',
  externalKey: 'INC-2024/0042',
  startTime: sampleTime,
  endTime: sampleTime + 3661,
};

function delivery(kind: Delivery['kind'], changed: Partial<ItemNames> = {}): Delivery {
  const file = { path: '/x', bytes: 1, sha256: '', extension: 'mp4', downloadedAt: sampleTime + 86_400 };
  return { kind, names: { ...names, ...changed }, ...file } as unknown as Delivery;
}

test('values fill the format', () => {
  const format =
    '%SUPPORT_SITE_HOST%-%SESSION_TYPE%-%LSID%-%LSEQ%-%INSTANCE%-%SITE%-%START_DATE%-%START_TIME%.%EXTENSION%';
  assert.equal(
    fileNameFor(format, delivery('command-shell-recordings')),
    'support.example.com-support-4b1f0c6a-48213-2-hq-2026-11-22-100000.mp4',
  );
});

test('records are XML', () => {
  assert.equal(fileNameFor('%LSID%.%EXTENSION%', delivery('sessions')), '4b1f0c6a.xml');
});

test('a backup is dated by its download, all else by its own end, so that fetching it again gives the same name', () => {
  assert.equal(fileNameFor('%DATE%-%TIME%', delivery('backups')), '2026-11-23-100000');
  assert.equal(fileNameFor('%DATE%-%TIME%', delivery('session-recordings')), '2026-11-22-110101');
  assert.equal(fileNameFor('%DATE%-%TIME%', delivery('sessions', { endTime: null })), '2026-11-22-100000');
});

for (const kind of kinds) {
  test(`every value that the configuration takes for ${kind} is filled`, () => {
    const format = fileNameValuesOf(kind)
      .map((value) => `%${value}%`)
      .join('-');
    assert.doesNotMatch(fileNameFor(format, delivery(kind)), /%/);
  });
}

test('a slash makes folders in the format and none in a value', () => {
  const format = '%START_DATE%/%EXTERNAL_KEY%/%LSID%.%EXTENSION%';
  assert.equal(fileNameFor(format, delivery('sessions')), '2026-11-22/INC-2024_0042/4b1f0c6a.xml');
});

test('a missing or empty value leaves a word, not a hole', () => {
  const item = delivery('sessions', {
    externalKey: null,
    startTime: null,
    instance: null,
    sessionType: ' . ',
  });
  const format = '%EXTERNAL_KEY%/%START_DATE%-%INSTANCE%-%SESSION_TYPE%.%EXTENSION%';
  assert.equal(fileNameFor(format, item), 'none/none-0-none.xml');
});

test('a value that looks like a placeholder stays as it is', () => {
  const item = delivery('sessions', { externalKey: '%LSID%' });
  assert.equal(fileNameFor('%EXTERNAL_KEY%.%EXTENSION%', item), '%LSID%.xml');
});

for (const own of ['.ic-staging', '.IC-damaged', 'ic-manifest', 'IC-Manifest']) {
  test(`no value and no format gets at ${own}`, () => {
    const item = delivery('sessions', { externalKey: own });
    for (const format of ['%EXTERNAL_KEY%/%LSID%.xml', `${own}/%LSID%.xml`]) {
      assert.doesNotMatch(fileNameFor(format, item), /^(\.ic-|ic-manifest\/)/i);
    }
  });
}

test('nothing leaves the directory, whatever the format and the values', () => {
  const part = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('..', '/', '\\', '.', 'C:', '\0', 'NUL', '%EXTERNAL_KEY%', '%SESSION_TYPE%', '~'),
  );
  const text = fc.array(part, { maxLength: 6 }).map((parts) => parts.join(''));
  fc.assert(
    fc.property(text, text, text, (format, externalKey, sessionType) => {
      const name = fileNameFor(`${format}%LSID%.xml`, delivery('sessions', { externalKey, sessionType }));
      assert.ok(!isAbsolute(name));
      const components = name.split('/');
      assert.ok(components.every((component) => component !== '' && component !== '.' && component !== '..'));
      assert.doesNotMatch(name, /[\\\p{Cc}<>:"|?*]/u);
      assert.ok(normalize(toSystemPath('/srv/ic', name)).startsWith(normalize('/srv/ic/')));
    }),
  );
});
