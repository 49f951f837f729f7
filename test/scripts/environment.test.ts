import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { install } from '../support/installation.ts';
import { runIc, startIc } from '../support/program.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const onlyPosix = process.platform === 'win32' ? 'Windows has no such thing' : false;

describe('what the environment says', { concurrency: 2 }, () => {
  test('switches no verification of certificates off', async (t) => {
    const installation = await install(t, { appliance: { https: true } });
    const { appliance, ini } = installation;
    const configuration = await readFile(ini, 'utf8');
    assert.match(configuration, /^ca_file = /m);
    await writeFile(ini, configuration.replace(/^ca_file = .*$/m, ''));
    const pulled = await installation.pull([], { env: { NODE_TLS_REJECT_UNAUTHORIZED: '0' } });
    assert.equal(pulled.code, 69, pulled.stderr);
    assert.match(pulled.transfer.error.message, /authority that is not known/);
    assert.doesNotMatch(pulled.stderr, /NODE_TLS_REJECT_UNAUTHORIZED/);
    assert.equal(appliance.requests.count(), 0, 'no credentials left this machine');
  });

  test('loads no library into the executable', async (t) => {
    const directory = await temporaryDirectory(t);
    const file = join(directory, 'openssl.cnf');
    // A runtime that reads this file refuses to start.
    await writeFile(file, 'openssl_conf = section\n[section]\nbroken\n');
    const { code, stdout } = await runIc(['check', '-c', join(directory, 'none.ini')], {
      env: { OPENSSL_CONF: file },
    });
    assert.equal(code, 78);
    assert.match(stdout, /does not exist/);
  });

  test('makes the runtime write no files', async (t) => {
    const directory = await temporaryDirectory(t);
    const { code } = await runIc(['check', '-c', join(directory, 'none.ini')], {
      env: {
        NODE_V8_COVERAGE: join(directory, 'coverage'),
        NODE_REDIRECT_WARNINGS: join(directory, 'warnings'),
      },
    });
    assert.equal(code, 78);
    assert.deepEqual(await readdir(directory), []);
  });
});

test('SIGUSR1 neither opens a debugger nor ends a run', { skip: onlyPosix }, async (t) => {
  const { installation, holds, letGo } = await heldRun(t);
  const run = startIc(['pull', '--json'], { cwd: installation.directory });
  await holds;
  run.kill('SIGUSR1');
  run.kill('SIGUSR1');
  letGo();
  const { code, stderr } = await run.ended;
  assert.equal(code, 0, stderr);
  assert.doesNotMatch(stderr, /debugger/i);
});

/** A run that the appliance keeps waiting in its first report. */
async function heldRun(t: TestContext) {
  const installation = await install(t);
  const held = Promise.withResolvers<void>();
  const asked = Promise.withResolvers<void>();
  installation.appliance.before(
    () => {
      asked.resolve();
      return held.promise;
    },
    { api: 'reporting' },
  );
  t.after(() => held.resolve());
  return { installation, holds: asked.promise, letGo: held.resolve };
}
