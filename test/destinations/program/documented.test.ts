import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Kind } from '../../../src/platform/kinds.ts';
import { conformance, type Place } from '../../conformance/conformance.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';
import { connectProgram, noPython, python } from './support.ts';

const page = await readFile(new URL('../../../docs/plugins.md', import.meta.url), 'utf8');
const source = /```python\n(#!.*?)```/s.exec(page.replaceAll('\r\n', '\n'))?.[1] ?? '';
const kinds: readonly Kind[] = ['sessions', 'presentations', 'session-recordings', 'backups'];

test('the documented plugin is there', () => assert.match(source, /say\(type="ready"/));

if (noPython) test('the documented plugin conforms', { skip: noPython }, () => {});
else
  conformance(
    'the documented plugin',
    { kinds, onUpdate: 'replaces', lacks: ['records', 'refusals'] },
    makePlace,
  );

async function makePlace(context: TestContext): Promise<Place> {
  const directory = await temporaryDirectory(context);
  await writeFile(join(directory, 'keep_newest.py'), source);
  const folder = join(directory, 'newest');
  const read = async (pattern: RegExp) => {
    const names = (await readdir(folder).catch(() => [])).filter((name) => pattern.test(name));
    return Promise.all(names.map(async (name) => ({ name, content: await readFile(join(folder, name)) })));
  };
  return {
    connect: () =>
      connectProgram(`${python} keep_newest.py`, directory, { kinds, settings: { folder: 'newest' } }),
    held: async (kind) => {
      const files = await read(kind === 'sessions' ? /-session\.xml$/ : /-presentation\.xml$/);
      return files.map(({ name, content }) => ({
        lsid: name.replace(/-\w+\.xml$/, ''),
        text: content.toString(),
      }));
    },
    heldFiles: async (kind) => (await read(new RegExp(`-${kind}-0\\.mp4$`))).map(({ content }) => content),
    sabotage: async () => {
      const aside = `${folder}-aside`;
      await mkdir(folder, { recursive: true });
      await rename(folder, aside);
      await writeFile(folder, 'in the way');
      return async () => {
        await rm(folder);
        await rename(aside, folder);
      };
    },
  };
}
