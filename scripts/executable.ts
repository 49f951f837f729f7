import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { projectRoot } from './runtime.mjs';

/** Where the build puts this platform's executable. */
export const executablePath = join(projectRoot, 'dist', process.platform === 'win32' ? 'ic.exe' : 'ic');

/** Builds the executable, unless these sources have been built already. Standard output stays the caller's. */
export function buildExecutable(): void {
  const build = join(projectRoot, 'build.mjs');
  const { status } = spawnSync(process.execPath, [build, '--if-stale'], { stdio: ['ignore', 2, 2] });
  if (status !== 0) throw new Error('The executable could not be built.');
}
