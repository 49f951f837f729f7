import { type FileHandle, lstat } from 'node:fs/promises';
import { StringDecoder } from 'node:string_decoder';
import type { Clock } from '../platform/clock.ts';
import { ioError, isErrorCode } from '../platform/io-error.ts';
import { openOwnFile } from '../platform/own-file.ts';
import { type RotatedFile, rotatedFiles } from './log-rotation.ts';

export interface ReadLogOptions {
  /** Milliseconds since the epoch; files that were complete before it are not opened. */
  readonly since: number | null;
  /** Go on with what is written from now on, until the signal is aborted. */
  readonly follow: boolean;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

export interface LogBatch {
  readonly lines: readonly string[];
  /** Everything that was in the log has been read. */
  readonly caughtUp: boolean;
}

const pollMs = 250;

/** Writers see only after a moment that their file was set aside. */
const stragglerMs = 60_000;

/**
 * The lines of a log, oldest first: those of files that were set aside, then those of the present one, each file by
 * its identity, so that nothing is lost or read twice when one is set aside meanwhile. Throws the signal's reason,
 * or an `io` error that names the log.
 */
export async function* readLog(path: string, options: ReadLogOptions): AsyncGenerator<LogBatch> {
  const { since, follow, clock, signal } = options;
  let part: LogPart | null = null;
  try {
    part = await firstPart(path, since);
    for (;;) {
      if (part !== null) yield* readPart(part, signal);
      const next = await nextPart(path, part);
      if (next !== null) {
        // What a writer added before it saw that the file was set aside.
        if (part !== null) yield* readPart(part, signal);
        yield { lines: part?.rest() ?? [], caughtUp: false };
        await part?.close();
        part = next;
      } else if (follow) {
        yield { lines: [], caughtUp: true };
        await clock.sleep(pollMs, signal);
      } else {
        yield { lines: part?.rest() ?? [], caughtUp: true };
        return;
      }
    }
  } catch (error) {
    throw ioError(error, path, 'read');
  } finally {
    await part?.close();
  }
}

async function* readPart(part: LogPart, signal: AbortSignal): AsyncGenerator<LogBatch> {
  for await (const lines of part.lines()) {
    signal.throwIfAborted();
    yield { lines, caughtUp: false };
  }
}

async function firstPart(path: string, since: number | null): Promise<LogPart | null> {
  return openAfter(path, (file) => since === null || file.rotatedAt >= since - stragglerMs);
}

/** What comes after the part; null while it is the newest. */
async function nextPart(path: string, part: LogPart | null): Promise<LogPart | null> {
  if (part === null) return firstPart(path, null);
  if (part.rotated === null) {
    const identity = await identityOf(path);
    if (identity === null || identity === part.identity) return null;
    part.rotated = await findRotated(path, part.identity);
  }
  const { rotated } = part;
  return openAfter(path, (file) => rotated !== null && isAfter(file, rotated));
}

function isAfter(file: RotatedFile, other: RotatedFile): boolean {
  return (
    file.rotatedAt > other.rotatedAt || (file.rotatedAt === other.rotatedAt && file.number > other.number)
  );
}

/** The oldest file that fits of those set aside, else the present one, if there is one. */
async function openAfter(path: string, fits: (file: RotatedFile) => boolean): Promise<LogPart | null> {
  // Opened before looking at the others: should it be set aside in between, it is found among them.
  const present = await openPart(path, null);
  for (const file of await rotatedFiles(path)) {
    const part = fits(file) ? await openPart(file.path, file) : null;
    if (part === null) continue;
    await present?.close();
    return part;
  }
  return present;
}

async function findRotated(path: string, identity: string): Promise<RotatedFile | null> {
  for (const file of await rotatedFiles(path)) {
    if ((await identityOf(file.path)) === identity) return file;
  }
  return null;
}

async function identityOf(path: string): Promise<string | null> {
  return orNull(
    lstat(path, { bigint: true }).then(({ dev, ino }) => `${dev}:${ino}`),
    path,
  );
}

async function openPart(path: string, rotated: RotatedFile | null): Promise<LogPart | null> {
  const handle = await orNull(openOwnFile(path, 'r'), path);
  if (handle === null) return null;
  const { dev, ino } = await handle.stat({ bigint: true });
  return new LogPart(handle, `${dev}:${ino}`, rotated);
}

/** Null when there is no such file; another failure is told with the path, which may be that of a file set aside. */
async function orNull<T>(operation: Promise<T>, path: string): Promise<T | null> {
  try {
    return await operation;
  } catch (error) {
    if (isErrorCode(error, 'ENOENT')) return null;
    throw ioError(error, path, 'read');
  }
}

class LogPart {
  readonly identity: string;
  /** Where it stands among the files that were set aside; null as long as it is the present one. */
  rotated: RotatedFile | null;
  readonly #handle: FileHandle;
  readonly #buffer = Buffer.alloc(262_144);
  #decoder = new StringDecoder('utf8');
  #position = 0;
  #unfinished = '';

  constructor(handle: FileHandle, identity: string, rotated: RotatedFile | null) {
    this.#handle = handle;
    this.identity = identity;
    this.rotated = rotated;
  }

  /** Whole lines from where the last call ended to the present end of the file. */
  async *lines(): AsyncGenerator<readonly string[]> {
    if ((await this.#handle.stat()).size < this.#position) this.#startOver();
    for (;;) {
      const { bytesRead } = await this.#handle.read(this.#buffer, 0, this.#buffer.length, this.#position);
      if (bytesRead === 0) return;
      this.#position += bytesRead;
      const text = this.#unfinished + this.#decoder.write(this.#buffer.subarray(0, bytesRead));
      const lines = text.split('\n');
      this.#unfinished = lines.pop() ?? '';
      yield lines;
    }
  }

  /** A last line without an end, if there is one. */
  rest(): readonly string[] {
    return this.#unfinished === '' ? [] : [this.#unfinished];
  }

  close(): Promise<void> {
    return this.#handle.close();
  }

  /** Somebody emptied the file. */
  #startOver(): void {
    this.#position = 0;
    this.#unfinished = '';
    this.#decoder = new StringDecoder('utf8');
  }
}
