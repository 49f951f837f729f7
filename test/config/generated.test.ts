import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { generatedFiles } from '../../scripts/generate.ts';
import { renderConfiguration, renderExample } from '../../src/config/example.ts';
import { schema } from '../../src/config/schema.ts';
import { configurationWarnings } from '../../src/config/warnings.ts';
import { problemsOf, readText } from '../support/configuration.ts';

for (const [name, render] of Object.entries(generatedFiles)) {
  test(`${name} is what the schema says; otherwise run npm run generate`, async () => {
    const text = await readFile(join(import.meta.dirname, '..', '..', name), 'utf8');
    assert.equal(text.replaceAll('\r\n', '\n'), render());
  });
}

test('the example is a configuration that works once its variables are set', async () => {
  const configuration = await readText(renderExample(), { env: { IC_HQ_SECRET: 'x' } });
  assert.deepEqual([...configuration.transfers.keys()], ['hq-to-archive', 'hq-backups']);
  assert.deepEqual(await configurationWarnings(configuration, 'win32'), []);
});

test('what the example proposes works too', async () => {
  const everything = renderExample().replace(/^;(?=\[|\S+ = \S)/gm, '');
  const names = Array.from(everything.matchAll(/\$\{env:(\w+)\}/g), ([, name]) => [
    name,
    'https://h.example.com/x',
  ]);
  const { destinations, notify } = await readText(everything, { env: Object.fromEntries(names) });
  assert.deepEqual(
    [...destinations.values()].map(({ type }) => type),
    ['file-system', 'sql-server', 'sqlite', 'program'],
  );
  assert.ok(notify.mail && notify.webhook && notify.ping);
});

test('the example and the reference have every key', () => {
  const [example, reference] = Object.values(generatedFiles).map((render) => render());
  for (const { keys } of Object.values(schema)) {
    for (const key of Object.keys(keys)) {
      assert.ok(example?.includes(`${key} =`), key);
      assert.ok(reference?.includes(`| \`${key}\` |`), key);
    }
  }
});

test('values that need quotes are written with them', async () => {
  const values = { host: 'a.example.com', username: ' joe ;', password: '"p" #' };
  const text = renderConfiguration([{ ...schema.site, name: 'site.hq', values }]);
  assert.deepEqual(await problemsOf(text), []);
  const configuration = await readText(text);
  assert.deepEqual(configuration.sites.get('hq')?.credentials, {
    type: 'user-account',
    username: ' joe ;',
    password: '"p" #',
  });
});
