import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { type FindOptions, findConfiguration } from '../../src/config/find.ts';
import type { IcError } from '../../src/platform/errors.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

function find(there: readonly string[], options: Partial<FindOptions> = {}): Promise<string> {
  const exists = async (path: string) => there.includes(path);
  return findConfiguration({ env: {}, cwd: '/home/admin', platform: 'linux', exists, ...options });
}

const both = ['/home/admin/ic.ini', '/etc/ic/ic.ini'];
const onWindows = { platform: 'win32', cwd: 'D:\\work' } as const;

for (const [name, found, expected] of [
  [
    'what --config names comes first',
    find(both, { flag: 'my.ini', env: { IC_CONFIG: 'x.ini' } }),
    '/home/admin/my.ini',
  ],
  ['an absolute name stays', find(both, { flag: '/a/my.ini' }), '/a/my.ini'],
  ['then what IC_CONFIG names', find(both, { env: { IC_CONFIG: '../x.ini' } }), '/home/x.ini'],
  ['an empty IC_CONFIG names nothing', find(both, { env: { IC_CONFIG: '' } }), '/home/admin/ic.ini'],
  ['then ic.ini in the working directory', find(both), '/home/admin/ic.ini'],
  ['then the place of the platform', find(['/etc/ic/ic.ini']), '/etc/ic/ic.ini'],
  [
    'on Windows',
    find(['E:\\Data\\ic\\ic.ini'], { ...onWindows, env: { ProgramData: 'E:\\Data' } }),
    'E:\\Data\\ic\\ic.ini',
  ],
  [
    'on Windows without its variable',
    find(['C:\\ProgramData\\ic\\ic.ini'], onWindows),
    'C:\\ProgramData\\ic\\ic.ini',
  ],
] as const) {
  test(`where the configuration is: ${name}`, async () => assert.equal(await found, expected));
}

test('nothing found names the places and the remedy', async () => {
  await assert.rejects(find([]), (error: IcError) => {
    assert.equal(error.exitCode, 78);
    assert.match(error.message, /\/home\/admin\/ic\.ini.*\/etc\/ic\/ic\.ini/);
    assert.match(error.hint ?? '', /ic init/);
    return true;
  });
});

test('files are looked for where they are', async (t) => {
  const cwd = await temporaryDirectory(t);
  await writeFile(join(cwd, 'ic.ini'), '');
  assert.equal(await findConfiguration({ env: {}, cwd, platform: process.platform }), join(cwd, 'ic.ini'));
});
