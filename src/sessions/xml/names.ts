import { randomInt } from 'node:crypto';
import { nameClass } from './bytes.ts';
import { Malformed } from './malformed.ts';

/** A report has few names. One that has more gets a new table now and then, so that the tables stay small. */
const crowd = 4096;
/** Most names in one table: what has more within one record is no report. */
const mostNames = 65_536;

/** Odd and of this process alone: nobody can choose names whose hashes are equal. */
const multiplier = randomInt(2 ** 24, 2 ** 31) | 1;

/**
 * The names of elements and attributes, each by a small number from 1 on: a name is made into text once, however often
 * it comes, and compared as a number.
 */
export class Names {
  /** By number: the name. */
  readonly texts: string[] = [''];
  /** By number: the name's bytes. */
  readonly encoded: Buffer[] = [Buffer.alloc(0)];
  /** By number: the number of the name without its prefix, of `session` for `r:session`. */
  readonly local: number[] = [0];
  /** Where the name that was read last ends. */
  end = 0;
  readonly #hashes: number[] = [0];
  readonly #numbers = new Map<string, number>();
  /** Open addressing: in each slot a number, or 0. */
  #slots = new Int32Array(1024);

  /** By number: the last start tag that had an attribute of this name. */
  readonly #tags: number[] = [0];
  #tag = 0;

  get isCrowded(): boolean {
    return this.texts.length > crowd;
  }

  /** 0 for a name that has not come. */
  numberOf(text: string): number {
    return this.#numbers.get(text) ?? 0;
  }

  /** The number of the name that begins at `from` and goes on up to some other byte; see `end`. */
  read(bytes: Buffer, from: number): number {
    let hash = 0;
    let end = from;
    while (nameClass[bytes[end] as number] !== 0) {
      hash = (Math.imul(hash, multiplier) + (bytes[end] as number)) | 0;
      end += 1;
    }
    this.end = end;
    const mask = this.#slots.length - 1;
    for (let slot = (hash ^ (hash >>> 15)) & mask; ; slot = (slot + 1) & mask) {
      const number = this.#slots[slot] as number;
      if (number === 0) return this.#add(Buffer.from(bytes.subarray(from, end)), hash, from);
      if (this.#hashes[number] === hash && this.#is(number, bytes, from)) return number;
    }
  }

  beginTag(): void {
    this.#tag += 1;
  }

  /** Notes an attribute of the tag that was begun; false when the tag has had one of this name. */
  addAttribute(number: number): boolean {
    const isNew = this.#tags[number] !== this.#tag;
    this.#tags[number] = this.#tag;
    return isNew;
  }

  #is(number: number, bytes: Buffer, from: number): boolean {
    const name = this.encoded[number] as Buffer;
    if (name.length !== this.end - from) return false;
    for (let index = 0; index < name.length; index += 1) {
      if (name[index] !== bytes[from + index]) return false;
    }
    return true;
  }

  #add(name: Buffer, hash: number, at: number): number {
    const { end } = this;
    const number = this.texts.length;
    if (number > mostNames) throw new Malformed(`it has more than ${mostNames} names in one record`, at);
    const text = name.toString();
    this.texts.push(text);
    this.encoded.push(name);
    this.local.push(number);
    this.#hashes.push(hash);
    this.#tags.push(0);
    this.#numbers.set(text, number);
    this.#place(number);
    if (number * 2 > this.#slots.length) this.#enlarge();
    const colon = text.indexOf(':');
    if (colon >= 0) this.local[number] = this.read(Buffer.from(`${text.slice(colon + 1)}>`), 0);
    this.end = end;
    return number;
  }

  #place(number: number): void {
    const hash = this.#hashes[number] as number;
    const mask = this.#slots.length - 1;
    let slot = (hash ^ (hash >>> 15)) & mask;
    while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
    this.#slots[slot] = number;
  }

  #enlarge(): void {
    this.#slots = new Int32Array(this.#slots.length * 2);
    for (let number = 1; number < this.texts.length; number += 1) this.#place(number);
  }
}
