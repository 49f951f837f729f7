import assert from 'node:assert/strict';
import test from 'node:test';
import esbuild from 'esbuild';
import { projectRoot } from '../../scripts/runtime.mjs';

test('no package is loaded before a command asks for it', async () => {
  const { metafile } = await esbuild.build({
    absWorkingDir: projectRoot,
    entryPoints: ['src/main.ts'],
    bundle: true,
    platform: 'node',
    packages: 'external',
    metafile: true,
    write: false,
    outdir: 'dist',
    logLevel: 'silent',
  });
  const loaded = loadedAtStart(metafile.inputs, 'src/main.ts');
  assert.ok(loaded.has('src/main.ts'));
  const packages = [...loaded].filter((path) => !path.startsWith('src/') && path !== 'package.json');
  assert.deepEqual(packages, []);
});

/** What an entry imports, and what that imports, without what is imported on demand and without Node's own. */
function loadedAtStart(inputs: esbuild.Metafile['inputs'], entry: string): ReadonlySet<string> {
  const loaded = new Set<string>();
  const load = (path: string): void => {
    if (loaded.has(path)) return;
    loaded.add(path);
    for (const { kind, path: imported } of inputs[path]?.imports ?? []) {
      if (kind === 'import-statement' && !imported.startsWith('node:')) load(imported);
    }
  };
  load(entry);
  return loaded;
}
