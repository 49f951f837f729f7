import type { End, EndProof } from './end-proof.ts';
import { FileParts, type Grammar } from './file-parts.ts';

const fileHeader = 9;
const sizeField = 4;
const tagHeader = 11;
const mostMetadata = 65_536;

/** Audio, video, and what the file says of itself. */
const tagTypes = new Set([8, 9, 18]);
const scriptTag = 18;

/**
 * FLV: tags, each followed by its size. A file is whole when that of the last tag is there, and the file is as long as
 * its metadata says, where they say it. Without that, a cut exactly between two tags is not seen.
 * Source: Adobe Flash Video File Format Specification 10.1, annex E.
 */
export class FlvTags implements EndProof, Grammar {
  readonly #parts = new FileParts(this);
  #next: 'file' | 'size' | 'tag' = 'file';
  #expectedSize = 0;
  #tags = 0;
  #bytes = 0;
  #metadata: Buffer[] = [];
  #isMetadata = false;

  add(chunk: Uint8Array): undefined {
    this.#bytes += chunk.length;
    this.#parts.add(chunk);
  }

  end(): End {
    const { place } = this.#parts;
    if (this.#next === 'tag' && place === 'between' && this.#tags > 0) {
      return this.#hasAnnouncedSize() ? 'proven' : 'open';
    }
    // Only behind a tag that was found whole: what merely begins like an FLV announces nothing. And the very last size
    // alone is left out by some writers.
    return place === 'content' && this.#tags > 1 ? { problem: 'cut off within a tag' } : 'open';
  }

  headerLength(): number {
    if (this.#next === 'file') return fileHeader;
    return this.#next === 'size' ? sizeField : tagHeader;
  }

  begin(header: Buffer): number | null {
    if (this.#next === 'file') return this.#beginFile(header);
    return this.#next === 'size' ? this.#checkSize(header) : this.#beginTag(header);
  }

  onContent(content: Uint8Array): void {
    if (this.#isMetadata) this.#metadata.push(Buffer.from(content));
  }

  #beginFile(header: Buffer): number {
    this.#next = 'size';
    return header.readUInt32BE(5) - fileHeader;
  }

  #checkSize(header: Buffer): number | null {
    this.#next = 'tag';
    return header.readUInt32BE(0) === this.#expectedSize ? 0 : null;
  }

  #beginTag(header: Buffer): number | null {
    const type = header.readUInt8(0) & 0x1f;
    const length = header.readUIntBE(1, 3);
    if (!tagTypes.has(type)) return null;
    this.#isMetadata = type === scriptTag && this.#metadata.length === 0 && length <= mostMetadata;
    this.#tags += 1;
    this.#expectedSize = tagHeader + length;
    this.#next = 'size';
    return length;
  }

  /** `filesize` of `onMetaData` is a number of AMF0; writers that do not know it leave it out, or write 0. */
  #hasAnnouncedSize(): boolean {
    const metadata = Buffer.concat(this.#metadata);
    const name = '\0\x08filesize\0';
    const at = metadata.indexOf(name, 0, 'latin1') + name.length;
    if (at < name.length || at + 8 > metadata.length) return true;
    const announced = metadata.readDoubleBE(at);
    return announced === 0 || announced === this.#bytes;
  }
}
