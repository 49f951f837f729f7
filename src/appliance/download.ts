import { nodeFileSystem, type OpenFile } from '../platform/file-system.ts';
import { orIoError } from '../platform/io-error.ts';
import { discard } from '../platform/temporary-file.ts';
import type { DownloadedFile, DownloadOptions } from './appliance.ts';
import type { Bandwidth } from './bandwidth.ts';
import type { EndProof } from './formats/end-proof.ts';
import type { Format } from './formats/formats.ts';
import type { HttpAnswer } from './http.ts';
import { pauseMs } from './retry.ts';
import { RingWriter } from './ring-writer.ts';
import type { SiteClient } from './site-client.ts';
import { Unreachable } from './unreachable.ts';

/** Recordings are converted and backups made when they are asked for: seconds until the answer must begin. */
export const downloadPatience = 600;

/** Where a file comes from, and how it is told from whatever else may come in its place. */
export interface DownloadSource {
  readonly what: string;
  ask(headers: Readonly<Record<string, string>>): Promise<HttpAnswer>;
  /** Throws what is wrong with an answer that is not the file. */
  accept(answer: HttpAnswer): Promise<AcceptedFile>;
}

export interface AcceptedFile {
  readonly format: Format;
  readonly bytes: AsyncIterable<Uint8Array>;
}

/** Saves a new file at `path`: whole, checked and durable when this resolves. A failure leaves none, so that another way can be tried. */
export async function download(
  client: SiteClient,
  bandwidth: Bandwidth,
  source: DownloadSource,
  path: string,
  options: DownloadOptions,
): Promise<DownloadedFile> {
  const answer = await source.ask({});
  const accepted = await source.accept(answer);
  const { fileSystem = nodeFileSystem } = client;
  const file = await orIoError(fileSystem.open(path, 'wx'), path, 'write').catch((error: unknown) => {
    answer.body.discard();
    throw error;
  });
  const length = lengthOf(answer.headers);
  if (length !== null && answer.headers['content-encoding'] === undefined) options.onLength?.(length);
  const reception = new Reception(client, bandwidth, source, file, path, options);
  const saved = await reception.save(accepted, answer).catch(async (error: unknown) => {
    await discard(path, { fileSystem });
    throw error;
  });
  const { extension, mediaType } = accepted.format;
  return { ...saved, extension, mediaType };
}

/** A file on its way from the appliance to the disk. */
class Reception {
  readonly #client: SiteClient;
  readonly #bandwidth: Bandwidth;
  readonly #source: DownloadSource;
  readonly #file: OpenFile;
  readonly #path: string;
  readonly #options: DownloadOptions;
  readonly #writer: RingWriter;

  constructor(
    client: SiteClient,
    bandwidth: Bandwidth,
    source: DownloadSource,
    file: OpenFile,
    path: string,
    options: DownloadOptions,
  ) {
    this.#client = client;
    this.#bandwidth = bandwidth;
    this.#source = source;
    this.#file = file;
    this.#path = path;
    this.#options = options;
    this.#writer = new RingWriter(file);
  }

  async save(
    { bytes, format }: AcceptedFile,
    answer: HttpAnswer,
  ): Promise<{ readonly bytes: number; readonly sha256: string }> {
    const proof = format.proveEnd?.() ?? null;
    let isClosed = false;
    try {
      const last = await this.#receiveAll(
        { bytes, end: null, isFramed: isFramed(answer) },
        proof,
        versionOf(answer),
      );
      await this.#checkEnd(last, format, proof);
      const sha256 = await orIoError(this.#writer.finish(), this.#path, 'write');
      isClosed = true;
      await orIoError(this.#file.close(), this.#path, 'write');
      return { bytes: this.#writer.bytes, sha256 };
    } finally {
      await this.#writer.settle();
      if (!isClosed) await this.#file.close().catch(() => {});
    }
  }

  /** Goes on where the connection broke, as long as that gets further. Resolves with the answer that brought the end. */
  async #receiveAll(first: Rest, proof: EndProof | null, firstVersion: Version | null): Promise<Rest> {
    const { site, clock, logger, random } = this.#client;
    let rest = first;
    let version = firstVersion;
    for (let failures = 0; ; ) {
      const before = this.#writer.bytes;
      try {
        await this.#receive(rest.bytes, proof);
        this.#checkLength(rest);
        return rest;
      } catch (error) {
        failures = this.#writer.bytes > before ? 1 : failures + 1;
        if (!(error instanceof Unreachable) || version === null || failures > site.retries) throw error;
        logger.warn(`${error.message} Going on from byte ${this.#writer.bytes}`);
        await clock.sleep(pauseMs(failures - 1, random), this.#options.signal);
        rest = await this.#resume(version, error);
        version = { ...version, length: rest.end };
      }
    }
  }

  async #receive(bytes: AsyncIterable<Uint8Array>, proof: EndProof | null): Promise<void> {
    const { signal, onBytes } = this.#options;
    for await (const chunk of this.#bandwidth.limit(bytes, signal)) {
      const proved = proof?.add(chunk);
      if (proved !== undefined) await proved;
      const written = this.#writer.add(chunk);
      if (written !== null) await orIoError(written, this.#path, 'write');
      onBytes(chunk.length);
    }
  }

  /** The rest of the very same file, or the failure that made it necessary. */
  async #resume(version: Version, failure: Unreachable): Promise<Rest> {
    const from = this.#writer.bytes;
    const answer = await this.#source.ask({ range: `bytes=${from}-`, 'if-range': version.etag });
    const end = endOfRest(answer, from, version);
    if (end !== null) return { bytes: answer.body, end, isFramed: isFramed(answer) };
    answer.body.discard();
    throw failure;
  }

  #checkLength({ end }: Rest): void {
    if (end === null || this.#writer.bytes === end) return;
    const { host } = this.#client.site;
    throw new Unreachable(
      `${host} sent ${this.#source.what} with ${this.#writer.bytes} bytes instead of ${end}.`,
      { passing: true, cutOff: true, hint: 'It is asked for again.' },
    );
  }

  /**
   * What certainly lacks its end is refused however it came: a program that dies while it converts a recording ends its
   * answer as one that is done. Where neither the answer nor the format proves the end, it may be lacking.
   */
  async #checkEnd({ end, isFramed }: Rest, { name }: Format, proof: EndProof | null): Promise<void> {
    const { host } = this.#client.site;
    const { what } = this.#source;
    const proved = (await proof?.end()) ?? 'open';
    if (typeof proved === 'object') {
      throw new Unreachable(`${host} sent ${what} incomplete: the ${name} is ${proved.problem}.`, {
        passing: true,
        cutOff: true,
        hint: 'It is asked for again. If that persists, the recording is damaged on the appliance.',
      });
    }
    if (proved === 'open' && end === null && !isFramed) throw unproven(host, what, name);
  }
}

function unproven(host: string, what: string, format: string): Unreachable {
  const problem = `the answer had no length, and ${format} does not prove its end`;
  return new Unreachable(`${host} sent ${what} in a way that may have cut it off: ${problem}.`, {
    passing: true,
    cutOff: true,
    hint: 'It is asked for again. If that persists, look for a proxy between here and the appliance that speaks HTTP/1.0, or that takes Content-Length and Transfer-Encoding away.',
  });
}

/** What comes of a file in one answer. */
interface Rest {
  readonly bytes: AsyncIterable<Uint8Array>;
  /** Where it must end, which is the end of the file; null where its range does not say so. */
  readonly end: number | null;
  readonly isFramed: boolean;
}

/** What a file is recognised by when its rest is asked for. */
interface Version {
  readonly etag: string;
  readonly length: number | null;
}

/** Null where the server offers no sure way. */
function versionOf({ status, headers }: HttpAnswer): Version | null {
  const { etag } = headers;
  if (status !== 200 || headers['accept-ranges'] !== 'bytes' || !etag?.startsWith('"')) return null;
  return { etag, length: lengthOf(headers) };
}

/**
 * Whether the end of an answer is told from the end of its connection, which may be anybody's doing: by a length or by
 * chunks, of which the last is marked. Source: RFC 9112, 6.3 and 8.
 */
function isFramed({ headers }: HttpAnswer): boolean {
  return lengthOf(headers) !== null || /\bchunked\s*$/i.test(headers['transfer-encoding'] ?? '');
}

function lengthOf(headers: HttpAnswer['headers']): number | null {
  const { 'content-length': length } = headers;
  return length === undefined ? null : Number(length);
}

/**
 * Where the file ends when the answer is all that is missing of the very same file; otherwise null. A range may be
 * capped: its own end is the file's where a length says so.
 */
function endOfRest({ status, headers }: HttpAnswer, from: number, { etag, length }: Version): number | null {
  const [, first, last, size] = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(headers['content-range'] ?? '') ?? [];
  if (status !== 206 || headers.etag !== etag || Number(first) !== from) return null;
  const end = Number(last) + 1;
  const lengths = [length, size === '*' ? null : Number(size)].filter((whole) => whole !== null);
  if (lengths.length === 0 || lengths.some((whole) => whole !== end)) return null;
  const announced = lengthOf(headers);
  return announced === null || announced === end - from ? end : null;
}
