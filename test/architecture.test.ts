import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join, relative, resolve, sep } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const source = fileURLToPath(new URL('../src', import.meta.url));

/** What each room may import besides itself. Arrows go one way; platform imports nothing above it. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  'main.ts': ['commands', 'platform'],
  commands: [
    'appliance',
    'config',
    'destinations',
    'notify',
    'platform',
    'pull',
    'sessions',
    'state',
    'terminal',
  ],
  notify: ['config', 'platform', 'pull', 'state', 'terminal'],
  terminal: ['commands', 'config', 'platform', 'pull', 'state'],
  pull: ['appliance', 'config', 'destinations', 'platform', 'sessions', 'state'],
  destinations: ['config', 'platform', 'sessions', 'state'],
  appliance: ['config', 'destinations', 'platform', 'sessions'],
  state: ['platform'],
  config: ['platform'],
  sessions: ['platform'],
  platform: [],
};

/** The types of the terminal and of a finding are named by those above and below alike. */
const contracts = new Set(['commands/command.ts', 'destinations/destination.ts', 'config/configuration.ts']);

test('imports go one way between the rooms', async () => {
  const files = (await readdir(source, { recursive: true })).filter((file) => file.endsWith('.ts'));
  const offences: string[] = [];
  for (const file of files) {
    const room = roomOf(file);
    for (const { target, typeOnly } of await importsOf(file)) {
      const other = roomOf(target);
      const isContract = typeOnly && contracts.has(target.split(sep).join('/'));
      if (other === room || isContract || allowed[room]?.includes(other)) continue;
      offences.push(`${file} imports ${target}`);
    }
  }
  assert.deepEqual(offences, []);
  assert.ok(files.length > 50, 'the sources were found');
});

function roomOf(file: string): string {
  return file.split(sep)[0] ?? '';
}

async function importsOf(file: string): Promise<{ target: string; typeOnly: boolean }[]> {
  const path = join(source, file);
  const text = await readFile(path, 'utf8');
  const statements = text.matchAll(
    /(import|export)(\s+type)?\s[^;]*?from\s+'(\.[^']+)'|import\('(\.[^']+)'\)/g,
  );
  return [...statements]
    .map((match) => ({
      target: relative(source, resolve(path, '..', match[3] ?? match[4] ?? '')),
      typeOnly: match[2] !== undefined,
    }))
    .filter(({ target }) => !target.startsWith('..'));
}
