import { SaxesParser } from 'saxes';

/** Text of which each character is one byte: for saxes it is ASCII and Latin-1, for us it is UTF-8. */
export function asByteString(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}

/** saxes over byte strings: its positions are byte offsets, and whatever it hands out is a byte string. */
export class ByteParser extends SaxesParser<{ xmlns: false; position: false }> {
  constructor() {
    super({ xmlns: false, position: false });
  }
}

/**
 * `&#x2713;` must come out as its three bytes of UTF-8, like every other character. saxes has no setting for that and
 * calls the method private, so it is overridden on the prototype. (On the instance it would cost nine tenths of the
 * speed: the object would have more properties than V8 keeps in fast mode.)
 */
const internals = SaxesParser.prototype as unknown as { parseEntity(entity: string): string };

Object.defineProperty(ByteParser.prototype, 'parseEntity', {
  value(this: ByteParser, entity: string): string {
    const resolved = internals.parseEntity.call(this, entity);
    const isReference = entity.startsWith('#') && !resolved.startsWith('&');
    return isReference ? asByteString(Buffer.from(resolved, 'utf8')) : resolved;
  },
});
