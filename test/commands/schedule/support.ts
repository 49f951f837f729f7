import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { archive, site, transfer } from '../../support/configuration.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

/** A directory with a configuration of that name, whose secret is in an environment that nobody has. */
export async function configured(t: TestContext, name = 'ic.ini', below = ''): Promise<string> {
  const directory = join(await temporaryDirectory(t), below);
  await mkdir(join(directory, 'archive'), { recursive: true });
  await writeFile(join(directory, name), `${site}${archive}${transfer}`);
  return directory;
}

export interface FakeProgram {
  /** Puts the program first where programs are looked for. */
  readonly env: Readonly<Record<string, string>>;
  /** The command lines that it was started with. */
  calls(): Promise<readonly string[]>;
}

/** A program that writes down its command lines, and runs `script` with them. */
export async function fakeProgram(t: TestContext, name: string, script = ''): Promise<FakeProgram> {
  const directory = await temporaryDirectory(t);
  const log = join(directory, 'calls');
  const path = join(directory, name);
  await writeFile(path, `#!/bin/sh\necho "$*" >> '${log}'\n${script}\n`);
  await chmod(path, 0o755);
  return {
    env: { PATH: `${directory}:${process.env.PATH}` },
    calls: async () => (await readFile(log, 'utf8').catch(() => '')).split('\n').filter(Boolean),
  };
}
