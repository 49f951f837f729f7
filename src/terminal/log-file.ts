import { closeSync, existsSync, lstatSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { IcError, toIcError } from '../platform/errors.ts';
import { ioError, isErrorCode } from '../platform/io-error.ts';
import { makeDirectoriesSync } from '../platform/make-directories.ts';
import { openOwnFileSync } from '../platform/own-file.ts';
import { type RotationOptions, removeOld, rotate } from './log-rotation.ts';

export interface LogFileOptions extends RotationOptions {
  readonly path: string;
  /** Called for the first failure alone: a log that cannot be written is no reason to end a run. */
  readonly onFailure: (error: unknown) => void;
}

/** Enough to save up before writing, in UTF-16 units. */
const batch = 65_536;

/** What is kept of lines that cannot be written now, in case that they can be later. */
const mostKept = 1_000_000;

const rotationPauseMs = 60_000;

/**
 * A log file that several processes append to. Lines are saved up for the rest of the event loop's turn and then
 * written whole, so that nothing is lost when the process ends in whatever way but `kill -9` in that very moment.
 */
export class LogFile {
  readonly #options: LogFileOptions;
  #waiting: string[] = [];
  #waitingLength = 0;
  #turn: NodeJS.Immediate | null = null;
  #descriptor: number | null = null;
  /** Which file the descriptor is: another process may have renamed it. */
  #identity = '';
  #cutOff = false;
  #failed = false;
  #housekeeping = Promise.resolve();
  #isRotating = false;
  #rotateAfter = 0;
  readonly #atExit = () => this.flush();

  constructor(options: LogFileOptions) {
    this.#options = options;
  }

  /** `line` is without its end. */
  append(line: string): void {
    this.#waiting.push(`${line}\n`);
    this.#waitingLength += line.length + 1;
    if (this.#waitingLength >= batch) this.flush();
    else this.#turn ??= setImmediate(() => this.flush());
  }

  /** Writes everything that was appended, before it returns. */
  flush(): void {
    if (this.#turn !== null) clearImmediate(this.#turn);
    this.#turn = null;
    if (this.#waiting.length === 0) return;
    // A line that a full disk cut off must not swallow the one that comes after it.
    const lines = Buffer.from(`${this.#cutOff ? '\n' : ''}${this.#waiting.join('')}`);
    let written = 0;
    try {
      const { descriptor, size } = this.#open();
      while (written < lines.length) written += writeSync(descriptor, lines, written);
      this.#keep('');
      this.#cutOff = false;
      if (size + lines.length >= this.#options.maxSize) this.#rotate();
    } catch (error) {
      this.#keepUnwritten(lines, written);
      this.#fail(error);
    }
  }

  async close(): Promise<void> {
    this.flush();
    await this.#housekeeping;
    process.off('exit', this.#atExit);
    this.#closeDescriptor();
  }

  #keepUnwritten(lines: Buffer, written: number): void {
    const lineStart = written === 0 ? Number(this.#cutOff) : lines.lastIndexOf(10, written - 1) + 1;
    if (written > 0) this.#cutOff = written > lineStart;
    this.#keep(lines.toString('utf8', lineStart));
  }

  #keep(text: string): void {
    this.#waiting = text === '' || text.length > mostKept ? [] : [text];
    this.#waitingLength = this.#waiting[0]?.length ?? 0;
  }

  /** The file that has the log's name now. */
  #open(): { readonly descriptor: number; readonly size: number } {
    const { path } = this.#options;
    let there = identify(path);
    if (this.#descriptor === null || there?.identity !== this.#identity) {
      const isFirst = this.#descriptor === null;
      this.#closeDescriptor();
      this.#descriptor = openToAppend(path);
      if (isFirst) this.#begin();
      // Should it be renamed between the two calls, the next flush sees that.
      there = identify(path);
      this.#identity = there?.identity ?? '';
    }
    return { descriptor: this.#descriptor, size: there?.size ?? 0 };
  }

  #begin(): void {
    process.off('exit', this.#atExit).on('exit', this.#atExit);
    this.#keepHouse(() => removeOld(this.#options.path, this.#options));
  }

  #fail(error: unknown): void {
    this.#closeDescriptor();
    if (this.#failed) return;
    this.#failed = true;
    this.#options.onFailure(error);
  }

  #rotate(): void {
    const { clock, path } = this.#options;
    if (this.#isRotating || clock.monotonic() < this.#rotateAfter) return;
    this.#isRotating = true;
    this.#keepHouse(async () => {
      try {
        await rotate(path, this.#options);
      } catch (error) {
        this.#rotateAfter = clock.monotonic() + rotationPauseMs;
        // Windows renames no file while, say, a virus scanner reads it: later will do.
        if (process.platform !== 'win32' || !isErrorCode(error, 'EBUSY', 'EPERM', 'EACCES')) throw error;
      } finally {
        this.#isRotating = false;
      }
    });
  }

  /** One thing at a time, beside the writing. */
  #keepHouse(work: () => Promise<void>): void {
    this.#housekeeping = this.#housekeeping.then(work).catch((error: unknown) => this.#fail(error));
  }

  #closeDescriptor(): void {
    if (this.#descriptor !== null) closeSync(this.#descriptor);
    this.#descriptor = null;
  }
}

/** Why the log at `path` cannot be written: often another user ran `ic` first, and owns the file. */
export function unwritableLog(error: unknown, path: string): IcError {
  const known = toIcError(ioError(error, path, 'write the log'));
  const isTheFile =
    isErrorCode(error, 'EACCES', 'EPERM') && (error as NodeJS.ErrnoException).syscall === 'open';
  if (!isTheFile || !existsSync(path)) return known;
  return new IcError('io', known.message, {
    hint: `Give ${path} to the user that runs ic: another one, such as root, may have run ic first.`,
    cause: error,
  });
}

/** Which file has this name, by device and number; null when none has. */
function identify(path: string): { readonly identity: string; readonly size: number } | null {
  const stat = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  return stat === undefined ? null : { identity: `${stat.dev}:${stat.ino}`, size: Number(stat.size) };
}

function openToAppend(path: string): number {
  try {
    return openOwnFileSync(path, 'a');
  } catch (error) {
    if (!isErrorCode(error, 'ENOENT')) throw error;
    makeDirectoriesSync(dirname(path));
    return openOwnFileSync(path, 'a');
  }
}
