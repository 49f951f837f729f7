import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { renderExample } from '../src/config/example.ts';
import { renderReference } from '../src/config/reference.ts';
import { manPages } from './man-pages.ts';

/** Files of the repository that are written from the source, by their paths; a test fails when one is stale. */
export const generatedFiles: Readonly<Record<string, () => string>> = {
  'config.example.ini': renderExample,
  'docs/configuration.md': renderReference,
  ...Object.fromEntries(Object.entries(manPages()).map(([name, render]) => [`docs/man/${name}`, render])),
};

if (import.meta.main) {
  for (const [name, render] of Object.entries(generatedFiles)) {
    const path = join(import.meta.dirname, '..', name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, render());
  }
}
