import { cp, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { projectRoot } from '../../scripts/runtime.mjs';
import { temporaryDirectory } from './temporary-directory.ts';

/** A copy of some of the project's files and folders, on the same dependencies, that goes when the test is over. */
export async function workingCopy(t: TestContext, paths: readonly string[]): Promise<string> {
  const copy = await temporaryDirectory(t);
  for (const path of paths) await cp(join(projectRoot, path), join(copy, path), { recursive: true });
  // A junction, because on Windows only administrators may make other links.
  await symlink(join(projectRoot, 'node_modules'), join(copy, 'node_modules'), 'junction');
  return copy;
}
