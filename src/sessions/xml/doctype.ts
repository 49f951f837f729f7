import { closeBracket, doubleQuote, greaterThan, lessThan, openBracket, singleQuote } from './bytes.ts';
import { incomplete } from './malformed.ts';

const commentOpener = Buffer.from('<!--');
const commentEnd = Buffer.from('-->');
const instructionOpener = Buffer.from('<?');
const instructionEnd = Buffer.from('?>');

/** The offset after a document type whose name begins at `from`, or `incomplete`. What it declares is passed over. */
export function doctypeEnd(bytes: Buffer, from: number, until: number): number {
  let isInSubset = false;
  for (let at = from; at < until; ) {
    const byte = bytes[at];
    if (byte === greaterThan && !isInSubset) return at + 1;
    if (byte === openBracket) isInSubset = true;
    if (byte === closeBracket) isInSubset = false;
    at = afterOne(bytes, at, until, isInSubset);
    if (at === incomplete) return incomplete;
  }
  return incomplete;
}

/** The offset after a quoted text, a comment, a processing instruction or any other byte. */
function afterOne(bytes: Buffer, at: number, until: number, isInSubset: boolean): number {
  const byte = bytes[at];
  if (byte === doubleQuote || byte === singleQuote) return after(bytes.indexOf(byte, at + 1), 1, until);
  if (byte !== lessThan || !isInSubset) return at + 1;
  if (begins(bytes, at, commentOpener)) return after(bytes.indexOf(commentEnd, at + 4), 3, until);
  if (begins(bytes, at, instructionOpener)) return after(bytes.indexOf(instructionEnd, at + 2), 2, until);
  return at + 1;
}

function begins(bytes: Buffer, at: number, opener: Buffer): boolean {
  return bytes.subarray(at, at + opener.length).equals(opener);
}

function after(found: number, length: number, until: number): number {
  return found < 0 || found + length > until ? incomplete : found + length;
}
