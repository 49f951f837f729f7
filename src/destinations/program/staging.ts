import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../platform/clock.ts';
import { orIoError } from '../../platform/io-error.ts';
import { makeDirectories } from '../../platform/make-directories.ts';

const prefix = '.ic-plugin-files-';

/** A run that works touches its files all the time: what nothing has touched for a day was left by a killed one. */
const staleAfterMs = 24 * 3_600_000;

/** Where files wait for a plugin: a directory of one run's own, made when it is first wanted. */
export class Staging {
  readonly #parent: string;
  readonly #clock: Clock;
  #directory: Promise<string> | null = null;

  constructor(parent: string, clock: Clock) {
    this.#parent = parent;
    this.#clock = clock;
  }

  /** Only this user may read what is in it. Throws an `io` error. */
  directory(): Promise<string> {
    this.#directory ??= orIoError(this.#make(), join(this.#parent, prefix), 'create');
    return this.#directory;
  }

  async remove(): Promise<void> {
    const directory = await this.#directory?.catch(() => null);
    if (directory) await removeAll(directory);
    this.#directory = null;
  }

  async #make(): Promise<string> {
    await makeDirectories(this.#parent);
    await this.#removeStale();
    return mkdtemp(join(this.#parent, prefix));
  }

  async #removeStale(): Promise<void> {
    const names = await readdir(this.#parent);
    for (const path of names
      .filter((name) => name.startsWith(prefix))
      .map((name) => join(this.#parent, name))) {
      if ((await lastTouched(path)) < this.#clock.now() - staleAfterMs) await removeAll(path);
    }
  }
}

async function lastTouched(directory: string): Promise<number> {
  const names = await readdir(directory).catch(() => []);
  const paths = [directory, ...names.map((name) => join(directory, name))];
  const times = paths.map((path) =>
    stat(path).then(
      ({ mtimeMs }) => mtimeMs,
      () => 0,
    ),
  );
  return Math.max(...(await Promise.all(times)));
}

/** Should something stay, because a plugin still has it open, a later run removes it as stale. */
async function removeAll(directory: string): Promise<void> {
  await rm(directory, { recursive: true, force: true, maxRetries: 3 }).catch(() => {});
}
