import assert from 'node:assert/strict';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { startAppliance } from '../appliance/appliance.ts';
import { siteSection } from '../appliance/ini.ts';
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
  return { directory, status };
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
