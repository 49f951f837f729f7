/** The bytes that mean something to XML, and the classes of bytes that the scanner's loops tell apart. */
export const tab = 0x09;
export const lineFeed = 0x0a;
export const carriageReturn = 0x0d;
export const space = 0x20;
export const exclamationMark = 0x21;
export const doubleQuote = 0x22;
export const numberSign = 0x23;
export const ampersand = 0x26;
export const singleQuote = 0x27;
export const slash = 0x2f;
export const semicolon = 0x3b;
export const lessThan = 0x3c;
export const equalsSign = 0x3d;
export const greaterThan = 0x3e;
export const questionMark = 0x3f;
export const openBracket = 0x5b;
export const closeBracket = 0x5d;

/** Control characters that XML 1.0 forbids. The others are white space. */
function isForbidden(byte: number): boolean {
  return byte < space && byte !== tab && byte !== lineFeed && byte !== carriageReturn;
}

/** Letters, `_`, `:`, and every byte beyond ASCII: names may be in any script. */
function beginsName(byte: number): boolean {
  return byte >= 0x80 || /[A-Za-z_:]/.test(String.fromCharCode(byte));
}

function tableOf(classOf: (byte: number) => number): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, byte) => classOf(byte));
}

export const blank = 1;
export const content = 2;
/** At this class and above, the scanner of character data has to look closer. */
export const notable = 4;

/** Of character data. What ends it, or must be resolved or reported, is `notable`. */
export const textClass = tableOf((byte) => {
  if (byte === tab || byte === lineFeed || byte === space) return blank;
  const isNotable =
    byte === lessThan || byte === ampersand || byte === closeBracket || byte === carriageReturn;
  return isNotable || isForbidden(byte) ? notable : content;
});

/** 1 for what stands in an attribute's value for itself. */
export const valueClass = tableOf((byte) => {
  const isQuote = byte === doubleQuote || byte === singleQuote;
  return isQuote || byte === ampersand || byte === lessThan || byte < space ? 0 : 1;
});

/** 2 for what a name may begin with, 1 for what it may go on with. */
export const nameClass = tableOf((byte) => {
  if (beginsName(byte)) return 2;
  return /[0-9.-]/.test(String.fromCharCode(byte)) ? 1 : 0;
});

/** 1 for the white space of markup. */
export const blankClass = tableOf((byte) =>
  byte === space || byte === tab || byte === lineFeed || byte === carriageReturn ? 1 : 0,
);

/** 1 for what no document may hold. */
export const forbiddenClass = tableOf((byte) => (isForbidden(byte) ? 1 : 0));
