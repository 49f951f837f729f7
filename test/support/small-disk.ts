import { spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

/** A disk that a test can fill, until it is disposed of. */
export interface SmallDisk extends Disposable {
  /** Leaves no byte free. */
  fill(): void;
  /** Takes away what `fill` has put there. */
  free(): void;
  resize(size: string): void;
}

/** Why no disk can be mounted here; null when it can. */
export const noSmallDisk =
  process.getuid?.() === 0 && canMount() ? null : 'only root of Linux can mount a disk';

/** Mounts an empty file system of `size` (`64k`, `10m`) at `path`. */
export async function mountSmallDisk(path: string, size: string): Promise<SmallDisk> {
  await mkdir(path, { recursive: true });
  mount('-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', path);
  const filler = join(path, 'filler');
  return {
    fill: () => fillFile(filler),
    free: () => rmSync(filler, { force: true }),
    resize: (newSize) => mount('-o', `remount,size=${newSize}`, path),
    [Symbol.dispose]: () => void spawnSync('umount', [path]),
  };
}

function canMount(): boolean {
  return process.platform === 'linux' && spawnSync('unshare', ['--mount', 'true']).status === 0;
}

function mount(...parameters: readonly string[]): void {
  const { status, stderr } = spawnSync('mount', parameters, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`mount failed: ${stderr}`);
}

function fillFile(path: string): void {
  for (const block of [1_000_000, 4096, 1]) {
    try {
      for (;;) writeFileSync(path, Buffer.alloc(block), { flag: 'a' });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    }
  }
}
