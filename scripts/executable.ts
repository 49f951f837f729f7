import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { projectRoot } from './runtime.mjs';

/** Where the build puts this platform's executable. */
export const executablePath = join(projectRoot, 'dist', process.platform === 'win32' ? 'ic.exe' : 'ic');

/**
 * Builds the executable, unless these sources have been built already; false when it cannot be built, and why has
 * been printed. Standard output stays the caller's.
 */
export function buildExecutable(): boolean {
  const build = join(projectRoot, 'build.mjs');
  return spawnSync(process.execPath, [build, '--if-stale'], { stdio: ['ignore', 2, 2] }).status === 0;
}
