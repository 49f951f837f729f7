import assert from 'node:assert/strict';
import { chmod, chown, mkdir, readdir, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { runIc } from '../../support/program.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

/** A user that is nobody's: what belongs to it was put there by another user. */
const nobody = 65_534;
const isRoot = process.getuid?.() === 0;
const skip = process.platform === 'win32' && 'there are no owners and modes';
const skipUnlessRoot = isRoot ? skip : 'only root can give files away';

describe('what others may write decides nothing', { skip, concurrency: 2 }, () => {
  test('a configuration of another user is refused, and starts nothing', {
    skip: skipUnlessRoot,
  }, async (t) => {
    const { directory, file } = await withConfiguration(t, program);
    await chown(file, nobody, nobody);
    for (const command of [['check'], ['pull'], ['status'], ['log'], ['verify'], ['secret', 'rotate']]) {
      const { code, stdout, stderr } = await runIc([...command, '-c', file], { cwd: directory });
      assert.equal(code, 78, stderr);
      assert.match(stdout + stderr, /belongs to the user with id 65534 \(mode 0600\)/);
      assert.match(stdout + stderr, /chown 0 .*--trust-owner 65534/);
    }
    assert.ok(!(await readdir(directory)).includes('started'));
  });

  test('unless that user is trusted, by a flag or a variable', { skip: skipUnlessRoot }, async (t) => {
    const { directory, file } = await withConfiguration(t, '');
    await chown(file, nobody, nobody);
    const check = ['check', '--offline', '-c', file];
    const flag = await runIc([...check, '--trust-owner', '1', '--trust-owner', String(nobody)], {
      cwd: directory,
    });
    assert.equal(flag.code, 0, flag.stderr);
    const variable = await runIc(check, { cwd: directory, env: { IC_TRUST_OWNER: String(nobody) } });
    assert.equal(variable.code, 0, variable.stderr);
    assert.equal((await runIc([...check, '--trust-owner', 'somebody'], { cwd: directory })).code, 2);
  });

  test('root takes no ic.ini of others from the working directory', { skip: skipUnlessRoot }, async (t) => {
    const { directory, file } = await withConfiguration(t, program, 'ic.ini');
    await chown(file, nobody, nobody);
    await chmod(directory, 0o777);
    const { code, stdout, stderr } = await runIc(['check'], { cwd: directory });
    assert.equal(code, 78);
    assert.match(stdout + stderr, /ic\.ini belongs to the user with id 65534.*-c .*ic\.ini/s);
    assert.deepEqual(await readdir(directory), ['ic.ini']);
  });

  for (const mode of [0o666, 0o602, 0o646]) {
    test(`a configuration of mode ${mode.toString(8)} is refused`, async (t) => {
      const { file } = await withConfiguration(t, '');
      await chmod(file, mode);
      await assertRefused(file, ['pull'], /can be written to by everybody \(mode 06.*chmod go-w/s);
    });
  }

  test('a group that nobody else is in may write, another may not', { skip: skipUnlessRoot }, async (t) => {
    const { file } = await withConfiguration(t, '');
    await chmod(file, 0o660);
    assert.equal((await runIc(['check', '--offline', '-c', file])).code, 0, 'root’s group');
    await chown(file, 0, 54_321);
    await assertRefused(file, ['pull'], /written to by the group with id 54321/);
  });

  test('a directory that everybody may write to is refused, unless only owners may remove there', async (t) => {
    const { directory, file } = await withConfiguration(t, '');
    await chmod(directory, 0o777);
    await assertRefused(file, ['pull'], /its directory .* can be written to by everybody \(mode 0777\)/);
    await chmod(directory, 0o1777);
    assert.equal((await runIc(['check', '--offline', '-c', file])).code, 0);
  });

  test('a key and a file with a secret that others may write are refused, all of them at once', async (t) => {
    const { directory, file } = await withConfiguration(
      t,
      '[site.a]\nhost = a.example.com\nclient_id = ${file:one}\nclient_secret = ${file:two}\n',
    );
    for (const name of ['one', 'two']) {
      await writeFile(join(directory, name), 'x');
      await chmod(join(directory, name), 0o666);
    }
    const { code, stderr } = await runIc(['pull', '-c', file]);
    assert.equal(code, 78);
    for (const name of ['one', 'two']) assert.match(stderr, new RegExp(`${name}, which is not safe to use`));
    await writeFile(join(directory, 'ic.key'), `${Buffer.alloc(32, 1).toString('base64')}\n`);
    await chmod(join(directory, 'ic.key'), 0o622);
    const rotated = await runIc(['secret', 'rotate', '-c', file]);
    assert.equal(rotated.code, 78);
    assert.match(rotated.stderr, /key file .*ic\.key is not safe to use/);
  });

  test('a plugin and its script that others may write are refused before they start', async (t) => {
    const { directory, file } = await withConfiguration(
      t,
      '[destination.p]\ntype = program\ncommand = /bin/sh plugin.sh\nkinds = sessions\n',
    );
    await writeFile(join(directory, 'plugin.sh'), 'touch started\n');
    await chmod(join(directory, 'plugin.sh'), 0o666);
    const { code, stdout, stderr } = await runIc(['check', '-c', file], { cwd: directory });
    assert.equal(code, 78, stderr);
    assert.match(stdout + stderr, /plugin\.sh, which is not safe to use/);
    assert.ok(!(await readdir(directory)).includes('started'));
  });

  test('links are followed, as secrets of containers are links', async (t) => {
    const { directory, file } = await withConfiguration(t, '');
    await mkdir(join(directory, '..data'));
    await symlink('own.ini', join(directory, 'linked.ini'));
    assert.equal((await runIc(['check', '--offline', '-c', join(directory, 'linked.ini')])).code, 0);
    assert.ok((await stat(file)).isFile());
  });
});

const program = '[destination.p]\ntype = program\ncommand = /bin/sh -c "touch started"\n';

async function withConfiguration(t: TestContext, text: string, name = 'own.ini') {
  const directory = await temporaryDirectory(t);
  const file = join(directory, name);
  await writeFile(file, text, { mode: 0o600 });
  return { directory, file };
}

async function assertRefused(file: string, command: readonly string[], message: RegExp): Promise<void> {
  const { code, stdout, stderr } = await runIc([...command, '-c', file]);
  assert.equal(code, 78, stderr);
  assert.match(stdout + stderr, message);
}
