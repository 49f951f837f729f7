import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { IcError } from '../platform/errors.ts';
import { ioError } from '../platform/io-error.ts';
import type { RecordKind } from '../platform/kinds.ts';
import { parseReport, type ReportItem, ReportSyntaxError, UnexpectedReportError } from '../sessions/parse.ts';

/** Read at once; the parser takes it in smaller pieces. */
const chunkBytes = 1 << 18;

/**
 * The items of a report saved as a file, or on standard input (`-`), plain or gzip. Throws `io` for what cannot be
 * read and `not-understood` for what is no report.
 */
export async function* readSavedReport(
  file: string,
  input: NodeJS.ReadableStream,
  maxRecord?: number,
): AsyncGenerator<ReportItem<RecordKind>, void, undefined> {
  const name = file === '-' ? 'Standard input' : file;
  let taken = 0;
  try {
    for await (const item of parseReport(unpacked(bytesOf(file, input)), null, maxRecord)) {
      taken += 1;
      yield item;
    }
  } catch (error) {
    throw asFailure(error, name, taken);
  }
}

async function* bytesOf(file: string, input: NodeJS.ReadableStream): AsyncGenerator<Uint8Array> {
  const stream = file === '-' ? (input as Readable) : createReadStream(file, { highWaterMark: chunkBytes });
  for await (const chunk of stream)
    yield typeof chunk === 'string' ? Buffer.from(chunk) : (chunk as Uint8Array);
}

/** Gzip is told by its first two bytes, since standard input has no name. */
async function* unpacked(bytes: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  const first = await firstBytes(bytes);
  if (first === null) return;
  if (first[0] !== 0x1f || first[1] !== 0x8b) {
    yield first;
    yield* bytes;
    return;
  }
  const { createGunzip } = await import('node:zlib');
  const { pipeline, Readable: source } = await import('node:stream');
  async function* whole() {
    yield first;
    yield* bytes;
  }
  // A failure of either stream comes out of the iteration.
  const gunzip = createGunzip({ chunkSize: chunkBytes });
  yield* pipeline(source.from(whole(), { objectMode: false }), gunzip, () => undefined);
}

/** At least two bytes, unless there are fewer. */
async function firstBytes(bytes: AsyncGenerator<Uint8Array>): Promise<Uint8Array | null> {
  let first = Buffer.alloc(0);
  while (first.length < 2) {
    const next = await bytes.next();
    if (next.done) return first.length > 0 ? first : null;
    first = Buffer.concat([first, next.value]);
  }
  return first;
}

const readable = 'ic replay reads answers of the reports SupportSession and PresentationSession.';

function asFailure(error: unknown, name: string, taken: number): unknown {
  if (error instanceof ReportSyntaxError) {
    return new IcError('not-understood', `${name}: ${error.message} (byte ${error.offset}).`, {
      cause: error,
      hint:
        taken === 0
          ? `Save the report again as XML. ${readable}`
          : 'The complete records before that point were taken. Save the report again.',
    });
  }
  if (error instanceof UnexpectedReportError) {
    return new IcError('not-understood', `${name}: ${error.message}.`, {
      cause: error,
      hint: readable,
    });
  }
  const code = (error as NodeJS.ErrnoException | null)?.code ?? '';
  if (code.startsWith('Z_') || code === 'ERR_PADDING') {
    return new IcError('not-understood', `${name}: the gzip data is damaged or cut off (${code}).`, {
      cause: error,
    });
  }
  return error instanceof IcError || !code.startsWith('E') ? error : ioError(error, name, 'read');
}
