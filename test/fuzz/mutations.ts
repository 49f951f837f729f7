import fc from 'fast-check';

/** What goes wrong with every kind of text: characters that end, escape, hide or break something. */
const everywhere: readonly (string | Uint8Array)[] = [
  ...[
    '\0',
    '\x01',
    '\x1b[2J',
    '\x7f',
    '\x85',
    '\u2028',
    '\u202e',
    '\ufeff',
    '\ufffd',
    '\r\n',
    '\r',
    '\n',
    '\t',
    ' ',
  ],
  ...[
    '"',
    "'",
    '\\',
    '%',
    '&',
    ';',
    '=',
    ':',
    '/',
    '..',
    '-1',
    '0',
    '1e999',
    '99999999999999999999',
    '0x10',
    'NaN',
  ],
  ...['__proto__', 'constructor', 'toString', 'null', 'true', '{}', '[]', '""', 'x'.repeat(300)],
  ...[
    [0xff, 0xfe],
    [0xfe, 0xff],
    [0xed, 0xa0, 0x80],
    [0xc0, 0x80],
    [0xf4, 0x90, 0x80, 0x80],
    [0x80],
    [0xe2, 0x82],
  ].map((bytes) => Uint8Array.from(bytes)),
];

type Edit = (bytes: Buffer) => Buffer;

const place = fc.nat({ max: 2 ** 30 });

/** A place in bytes that may be at their end. */
const within = (bytes: Buffer, at: number): number => at % (bytes.length + 1);

function replaced(bytes: Buffer, from: number, length: number, by: Uint8Array): Buffer {
  return Buffer.concat([bytes.subarray(0, from), by, bytes.subarray(from + length)]);
}

function edits(dictionary: readonly (string | Uint8Array)[]): fc.Arbitrary<Edit> {
  const words = [...dictionary, ...dictionary, ...everywhere].map((word) => Buffer.from(word as Uint8Array));
  const length = fc.oneof(fc.nat({ max: 8 }), fc.nat({ max: 2000 }));
  return fc.oneof(
    { weight: 3, arbitrary: fc.tuple(place, fc.constantFrom(...words)).map(insertion) },
    { weight: 2, arbitrary: fc.tuple(place, length, fc.constantFrom(...words)).map(replacement) },
    { weight: 2, arbitrary: fc.tuple(place, fc.nat({ max: 255 })).map(setting) },
    { weight: 2, arbitrary: fc.tuple(place, length).map(removal) },
    { weight: 2, arbitrary: fc.tuple(place, length, fc.nat({ max: 40 })).map(repetition) },
    { weight: 2, arbitrary: fc.tuple(place, length, place).map(move) },
    { weight: 1, arbitrary: place.map(cut) },
  );
}

const cut =
  (at: number): Edit =>
  (bytes) =>
    bytes.subarray(0, within(bytes, at));

const insertion =
  ([at, word]: readonly [number, Buffer]): Edit =>
  (bytes) =>
    replaced(bytes, within(bytes, at), 0, word);

const replacement =
  ([at, length, word]: readonly [number, number, Buffer]): Edit =>
  (bytes) =>
    replaced(bytes, within(bytes, at), length, word);

const setting =
  ([at, value]: readonly [number, number]): Edit =>
  (bytes) =>
    replaced(bytes, within(bytes, at), 1, Uint8Array.of(value));

const removal =
  ([at, length]: readonly [number, number]): Edit =>
  (bytes) =>
    replaced(bytes, within(bytes, at), length, Uint8Array.of());

const repetition =
  ([at, length, times]: readonly [number, number, number]): Edit =>
  (bytes) => {
    const from = within(bytes, at);
    const part = bytes.subarray(from, from + length);
    return replaced(bytes, from, 0, Buffer.concat(Array<Buffer>(times).fill(part)));
  };

const move =
  ([at, length, to]: readonly [number, number, number]): Edit =>
  (bytes) => {
    const from = within(bytes, at);
    const part = Buffer.from(bytes.subarray(from, from + length));
    const rest = replaced(bytes, from, length, Uint8Array.of());
    return replaced(rest, within(rest, to), 0, part);
  };

/** Real inputs with up to `most` changes: words of the language and bytes that are put in, moved, repeated, left out. */
export function mutated(
  samples: readonly (string | Uint8Array)[],
  dictionary: readonly (string | Uint8Array)[],
  most = 6,
): fc.Arbitrary<Buffer> {
  const whole = samples.map((sample) => Buffer.from(sample as Uint8Array));
  return fc
    .tuple(fc.constantFrom(...whole), fc.array(edits(dictionary), { maxLength: most, size: 'max' }))
    .map(([sample, changes]) => changes.reduce<Buffer>((bytes, change) => change(bytes), sample));
}

/** Words of a language in any order. */
export function composed(dictionary: readonly (string | Uint8Array)[], most = 40): fc.Arbitrary<Buffer> {
  const words = [...dictionary, ...dictionary, ...everywhere].map((word) => Buffer.from(word as Uint8Array));
  return fc
    .array(fc.constantFrom(...words), { maxLength: most, size: 'max' })
    .map((parts) => Buffer.concat(parts));
}

/** Lengths of pieces; the last one goes on to the end. */
export const pieces = fc.array(fc.oneof(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 4000 })), {
  maxLength: 30,
  size: 'max',
});

export function* inPieces(bytes: Buffer, lengths: readonly number[]): Generator<Buffer> {
  let at = 0;
  for (const length of lengths) {
    if (at >= bytes.length) return;
    yield bytes.subarray(at, at + length);
    at += length;
  }
  if (at < bytes.length) yield bytes.subarray(at);
}
