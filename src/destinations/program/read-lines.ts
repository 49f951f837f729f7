import type { Readable } from 'node:stream';

export interface LineReader {
  /** A line without its end. What ends without a line end is a line too. */
  line(text: string): void;
  /** A line has more than `longest` bytes. The rest of it is passed over. */
  tooLong(start: string): void;
}

/** Cuts what comes into lines, and holds no more than one of the longest. */
export function readLines(stream: Readable, longest: number, reader: LineReader): void {
  let held: Buffer[] = [];
  let length = 0;
  let skipping = false;
  const add = (part: Buffer) => {
    if (skipping) return;
    held.push(part);
    length += part.length;
    if (length <= longest) return;
    skipping = true;
    reader.tooLong(take());
  };
  const take = (): string => {
    const text = Buffer.concat(held).toString('utf8', 0, longest);
    held = [];
    length = 0;
    return text;
  };
  const end = () => {
    if (!skipping) reader.line(take().replace(/\r$/, ''));
    skipping = false;
  };
  stream.on('data', (chunk: Buffer) => {
    let from = 0;
    for (let to = chunk.indexOf(lineFeed); to >= 0; to = chunk.indexOf(lineFeed, from)) {
      add(chunk.subarray(from, to));
      end();
      from = to + 1;
    }
    if (from < chunk.length) add(chunk.subarray(from));
  });
  stream.on('end', () => {
    if (length > 0) end();
  });
}

const lineFeed = 0x0a;
