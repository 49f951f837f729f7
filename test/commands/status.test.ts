import assert from 'node:assert/strict';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Destination } from '../../src/destinations/destination.ts';
import { startAppliance } from '../appliance/appliance.ts';
import { siteSection } from '../appliance/ini.ts';
import { createPuller } from '../support/pulling.ts';
import { startCommand } from '../support/run-command.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const ends = `[destination.archive]
type = file-system
directory = archive
[transfer.t]
site = hq
destination = archive
data = sessions
`;

async function configured(t: TestContext) {
  const appliance = await startAppliance();
  t.after(() => appliance.close());
  const directory = await temporaryDirectory(t);
  await writeFile(join(directory, 'ic.ini'), `${siteSection(appliance, 'hq')}${ends}`);
  const status = async (...parameters: readonly string[]) => {
    const { output, error, ended } = startCommand(['status', ...parameters], directory);
    const code = await ended;
    return { code, output: output.text, error: error.text };
  };
  return { appliance, directory, status };
}

test('--html - writes the page, and nothing else, to standard output', async (t) => {
  const { directory, status } = await configured(t);
  for (const flags of [[], ['--quiet']]) {
    const { code, output } = await status('--html', '-', ...flags);
    assert.equal(code, 0);
    assert.match(output, /^<!DOCTYPE html>[\s\S]*<\/html>\n$/);
  }
  const late = await status('--html', '-', '--max-age', '2h');
  assert.equal(late.code, 3);
  assert.match(late.output, /<\/html>\n$/);
  assert.match(late.error, /t: last success never/);
  assert.ok(!(await readdir(directory)).includes('-'));
});

test('--html - and --json have one standard output between them', async (t) => {
  const { status } = await configured(t);
  await assert.rejects(status('--html', '-', '--json'), { code: 'usage' });
});

test('what the last run warned of is told, a few of it, without secrets', async (t) => {
  const { appliance, directory, status } = await configured(t);
  appliance.sessions.add({
    startTime: appliance.clock.seconds() - 900,
    endTime: appliance.clock.seconds() - 600,
  });
  const texts = ['Cannot remove one.', `two ${appliance.clientSecret}`, `3${'.'.repeat(400)}`, '4', '5'];
  const warning = (real: Destination): Destination => {
    const deliver: Destination['deliver'] = async (items, signal) =>
      (await real.deliver(items, signal)).map((outcome) => ({ ...outcome, warnings: texts }));
    return new Proxy(real, {
      get: (_, key) => {
        const value = key === 'deliver' ? deliver : Reflect.get(real, key);
        return typeof value === 'function' ? value.bind(real) : value;
      },
    });
  };
  const puller = await createPuller(directory, appliance);
  assert.equal((await puller.pull({ destination: warning })).status, 'partial');
  const [transfer] = JSON.parse((await status('--json')).output).transfers;
  const cut = `3${'.'.repeat(298)}…`;
  assert.deepEqual(transfer.warnings, ['Cannot remove one.', 'two ***', cut, 'And 2 more, see the log.']);
  assert.match(
    (await status('--html', '-')).output,
    /Cannot remove one\. two \*\*\* 3\.+… And 2 more, see the log\./,
  );
});
