import { carriageReturn, lineFeed, nameClass, numberSign, semicolon, tab } from './bytes.ts';
import { type Defects, defect } from './defects.ts';
import { incomplete, Malformed } from './malformed.ts';

/** What `characterOf` says of a reference that stands for no character: the first is no XML, the others are kept. */
const notAReference = -1;
const undefinedEntity = -2;
const forbiddenCharacter = -3;

const predefined = Object.entries({ lt: '<', gt: '>', amp: '&', apos: "'", quot: '"' }).map(
  ([name, character]) => ({ name: Buffer.from(name), codePoint: character.charCodeAt(0) }),
);

/** The offset after the reference that begins with the `&` at `from`; throws when there is none. */
export function skipReference(bytes: Buffer, from: number, until: number, defects: Defects): number {
  const end = referenceEnd(bytes, from);
  if (end >= until) return incomplete;
  const codePoint = bytes[end] === semicolon ? characterOf(bytes, from, end) : notAReference;
  if (codePoint === notAReference) throw new Malformed('there is an "&" that begins no reference', from);
  if (codePoint === undefinedEntity) defects.add(defect.entity);
  if (codePoint === forbiddenCharacter) defects.add(defect.reference);
  return end + 1;
}

/** The offset of the first byte after an `&` that can be no part of a reference: of its `;`, unless it is none. */
export function referenceEnd(bytes: Buffer, from: number): number {
  let at = from + 1;
  if (bytes[at] === numberSign) at += 1;
  while (nameClass[bytes[at] as number] !== 0) at += 1;
  return at;
}

/** The code point that a reference stands for, given its `&` and its `;`; negative when there is none. */
export function characterOf(bytes: Buffer, from: number, to: number): number {
  const first = from + 1;
  if (bytes[first] === numberSign) return characterByNumber(bytes, first + 1, to);
  for (const { name, codePoint } of predefined) {
    if (name.length === to - first && standsAt(first, name, bytes)) return codePoint;
  }
  return nameClass[bytes[first] as number] === 2 ? undefinedEntity : notAReference;
}

function standsAt(at: number, wanted: Buffer, bytes: Buffer): boolean {
  for (let index = 0; index < wanted.length; index += 1) {
    if (wanted[index] !== bytes[at + index]) return false;
  }
  return true;
}

const smallX = 0x78;

function characterByNumber(bytes: Buffer, from: number, to: number): number {
  const radix = bytes[from] === smallX ? 16 : 10;
  const first = radix === 16 ? from + 1 : from;
  let codePoint = first < to ? 0 : Number.NaN;
  for (let at = first; at < to && codePoint <= 0x10ffff; at += 1) {
    codePoint = codePoint * radix + digitOf(bytes[at] as number, radix);
  }
  return isCharacter(codePoint) ? codePoint : forbiddenCharacter;
}

/** NaN for what is no digit. */
function digitOf(byte: number, radix: number): number {
  const digit = byte <= 0x39 ? byte - 0x30 : (byte | 0x20) - 0x61 + 10;
  return digit >= 0 && digit < radix ? digit : Number.NaN;
}

/** XML 1.0's production `Char`. */
function isCharacter(codePoint: number): boolean {
  if (codePoint < 0x20) return codePoint === tab || codePoint === lineFeed || codePoint === carriageReturn;
  return (
    codePoint <= 0xd7ff ||
    (codePoint >= 0xe000 && codePoint <= 0xfffd) ||
    (codePoint >= 0x10000 && codePoint <= 0x10ffff)
  );
}
