import type { FileSystem } from '../../platform/file-system.ts';
import { manifestPath, monthFiles, readLines } from './manifest-files.ts';
import { beforeFirstLine, hashLine, type ManifestLine, parseLine } from './manifest-line.ts';
import type { Note } from './manifest-tail.ts';

/** A line of the manifest as it stands in the file, or what is wrong with it. */
export type ChainItem =
  | { readonly type: 'line'; readonly line: ManifestLine }
  | { readonly type: 'break'; readonly path: string; readonly message: string };

/**
 * A directory's manifest, oldest line first, with every place where the chain is broken. `noted` is where it ended
 * after the last append, read before this: by it, lines cut off at the very end show.
 */
export async function* followChain(
  root: string,
  noted: Note | null,
  fileSystem: FileSystem,
): AsyncGenerator<ChainItem> {
  const chain = new Chain(noted);
  let path = manifestPath(root, '');
  for (const file of await monthFiles(root, fileSystem)) {
    path = manifestPath(root, file);
    let number = 0;
    for await (const { bytes, complete } of readLines(path, 0, fileSystem)) {
      number += 1;
      // A line without its end is being written now, or was cut off by a crash before it counted.
      if (!complete) continue;
      const line = parseLine(bytes.toString());
      for (const message of chain.add(line, bytes, number)) yield { type: 'break', path, message };
      if (line !== null) yield { type: 'line', line };
    }
  }
  for (const message of chain.end()) yield { type: 'break', path, message };
}

/** Follows the chain line by line; after a break it goes on with what is there. */
class Chain {
  readonly #noted: Note | null;
  #seq = 0;
  /** Null after a line that is none: what follows it cannot be compared. */
  #hash: string | null = beforeFirstLine;

  constructor(noted: Note | null) {
    this.#noted = noted;
  }

  *add(line: ManifestLine | null, bytes: Uint8Array, number: number): Generator<string> {
    if (line === null) {
      yield `Line ${number} is damaged: it cannot be read.`;
      this.#seq += 1;
      this.#hash = null;
      return;
    }
    const expected = this.#seq + 1;
    if (line.seq > expected) yield `${lines(expected, line.seq - 1)} missing before line ${number}.`;
    else if (line.seq < expected)
      yield `Line ${number} is out of place: it has number ${line.seq} instead of ${expected}.`;
    else if (this.#hash !== null && line.previous !== this.#hash) {
      yield `The line before line ${number}, number ${this.#seq}, was altered.`;
    }
    this.#seq = line.seq;
    this.#hash = hashLine(bytes);
    if (line.seq === this.#noted?.seq && this.#hash !== this.#noted.hash) yield `Line ${number} was altered.`;
  }

  *end(): Generator<string> {
    if (this.#noted === null && this.#seq > 0) {
      yield 'The note of where the manifest ends (.head.json) is missing or damaged: whether lines were cut off cannot be told.';
    }
    const noted = this.#noted?.seq ?? 0;
    if (noted > this.#seq) yield `${lines(this.#seq + 1, noted)} missing at the end.`;
  }
}

function lines(from: number, to: number): string {
  return from === to ? `The line with number ${from} is` : `The lines with numbers ${from} to ${to} are`;
}
