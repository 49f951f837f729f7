#!/usr/bin/env node
// Starts `ic` where Node is installed: in a working copy the sources, on the packaged runtime; else the bundle.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const sources = fileURLToPath(new URL('../src/main.ts', import.meta.url));

if (existsSync(sources)) {
  const { runOnRuntime } = await import('../scripts/runtime.mjs');
  runOnRuntime([sources, ...process.argv.slice(2)]);
} else {
  const bundle = '../dist/ic.cjs';
  await import(bundle);
}
