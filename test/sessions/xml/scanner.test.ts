import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { SaxesParser } from 'saxes';
import type { Element } from '../../../src/sessions/element.ts';
import { RecordReader, ReportSyntaxError } from '../../../src/sessions/record-reader.ts';

interface Tree {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: Tree[];
  text: string;
}

/** What a document holds: the children of its root until something is wrong, and what XML forbids in each. */
interface Reading {
  readonly records: { readonly tree: Tree; readonly defects: readonly string[] }[];
  wellFormed: boolean;
}

describe('the scanner and saxes', () => {
  test('read the same from any document, in whatever pieces it comes', () => {
    fc.assert(
      fc.property(documents, pieces, (document, sizes) => {
        assert.deepEqual(scan(document, sizes), readBySaxes(document));
      }),
      { numRuns: 400 },
    );
  });

  test('refuse the same documents that are not quite XML, at the same record', () => {
    fc.assert(
      fc.property(damagedDocuments, pieces, (document, sizes) => {
        assert.deepEqual(scan(document, sizes), readBySaxes(document));
      }),
      { numRuns: 2000 },
    );
  });
});

/**
 * Where saxes goes its own way: `&#` takes all that comes up to a `;`, a `<` in a value vanishes, 1.1 has other
 * characters. And where the scanner does: it refuses other encodings, does not look at what a document type declares,
 * and has all of Unicode beyond ASCII in names.
 */
const oddities =
  /\u00a0|encoding="(?!UTF-8")|&#(?!\w*;)|=\s*("[^"]*<|'[^']*<)|version="1\.[^0]|<!DOCTYPE[^>]*\[/;

function scan(document: string, sizes: readonly number[]): Reading {
  const reading: Reading = { records: [], wellFormed: true };
  const reader = new RecordReader(
    {
      root: () => {},
      record: (element, _raw, defects) => reading.records.push({ tree: toTree(element), defects }),
      tooLong: () => assert.fail('no record is too long'),
      end: () => {},
    },
    Number.POSITIVE_INFINITY,
  );
  const bytes = Buffer.from(document);
  try {
    for (let from = 0, turn = 0; from < bytes.length; turn += 1) {
      const size = sizes[turn % sizes.length] as number;
      reader.write(bytes.subarray(from, from + size));
      from += size;
    }
    reader.end();
  } catch (error) {
    if (!(error instanceof ReportSyntaxError)) throw error;
    reading.wellFormed = false;
  }
  return reading;
}

function toTree(element: Element): Tree {
  const { name, text, children, attributes } = element;
  return { name, attributes, children: children.map(toTree), text };
}

const survivable = new Map([
  ['disallowed character.', 'a control character that XML forbids'],
  ['malformed character entity.', 'a reference to a character that XML forbids'],
  ['undefined entity.', 'an undefined entity'],
  ['the string "]]>" is disallowed in char data.', 'an unescaped "]]>"'],
]);

function readBySaxes(document: string): Reading {
  const reading: Reading = { records: [], wellFormed: true };
  const path: Tree[] = [];
  let defects = new Set<string>();
  const parser = new SaxesParser();
  parser.on('error', (error) => {
    const message = error.message.replace(/^\d+:\d+: /, '');
    const defect = survivable.get(message);
    // It tells of the element's end before it tells that it is not the end.
    if (message === 'unexpected close tag.' && path.length === 1) reading.records.pop();
    if (defect === undefined) throw error;
    defects.add(defect);
  });
  parser.on('opentag', ({ name, attributes }) => {
    const tree: Tree = {
      name: name.replace(/^[^:]*:/, ''),
      attributes: { ...attributes },
      children: [],
      text: '',
    };
    path.at(-1)?.children.push(tree);
    path.push(tree);
    if (path.length > 257) throw new Error('too deep');
  });
  parser.on('closetag', () => {
    const tree = path.pop();
    if (path.length !== 1 || tree === undefined) return;
    reading.records.push({ tree, defects: [...survivable.values()].filter((defect) => defects.has(defect)) });
    defects = new Set();
  });
  const addText = (text: string) => {
    const tree = path.at(-1);
    if (tree !== undefined) tree.text += text;
  };
  parser.on('text', addText);
  parser.on('cdata', addText);
  try {
    parser.write(document).close();
  } catch {
    reading.wellFormed = false;
  }
  return reading;
}

const names = fc.constantFrom('a', 'b', 'r:a', 'session', 'details-1', '_x', 'é', 'Ж.2');
const blanks = fc.constantFrom('', '', ' ', '\n\t', '\r\n');
const characters = fc.constantFrom(
  ...[
    'x',
    'y z',
    '"',
    "'",
    '>',
    ']',
    ']]',
    '\n',
    '\r',
    '\r\n',
    '\t',
    ' ',
    'ä',
    '漢',
    '👋',
    '\u00a0',
    '/',
    '=',
  ],
  ...['&lt;', '&gt;', '&amp;', '&quot;', '&apos;', '&#65;', '&#x2713;', '&#x1F44B;', '&#13;', '&#10;'],
  ...['&unknown;', '&#0;', '&#xD800;', '&#x110000;', '&#;', '&#xZ;', '\u0001', '\u001b'],
);
const texts = fc.array(characters, { maxLength: 6 }).map((parts) => parts.join(''));
const sections = fc.oneof(
  texts.map((text) => `<![CDATA[${text.replaceAll(']]>', '')}]]>`),
  texts.map((text) => `<!-- ${text.replaceAll('-', '')} -->`),
  texts.map((text) => `<?target ${text.replaceAll('?', '')}?>`),
);
const attributes = fc
  .uniqueArray(fc.tuple(names, blanks, fc.constantFrom('"', "'"), texts), {
    selector: ([name]) => name,
    maxLength: 4,
  })
  .map((list) =>
    list
      .map(
        ([name, blank, quote, text]) =>
          ` ${name}${blank}=${blank}${quote}${text.replaceAll(quote, '')}${quote}`,
      )
      .join(''),
  );

const { element } = fc.letrec<{ element: string; content: string }>((tie) => ({
  content: fc
    .array(fc.oneof({ weight: 3, arbitrary: texts }, sections, { weight: 3, arbitrary: tie('element') }), {
      maxLength: 5,
    })
    .map((parts) => parts.join('')),
  element: fc
    .tuple(names, attributes, blanks, fc.option(tie('content'), { freq: 4 }))
    .map(([name, attributeText, blank, inner]) =>
      inner === null
        ? `<${name}${attributeText}${blank}/>`
        : `<${name}${attributeText}${blank}>${inner}</${name}${blank}>`,
    ),
}));

const declarations = fc.constantFrom(
  '',
  '<?xml version="1.0"?>',
  '<?xml version="1.0" encoding="UTF-8" standalone="yes" ?>\n\n',
  '<?xml version="1.0" encoding="UTF-8"?><!-- c --><!DOCTYPE list [<!ENTITY a "<b>"><!-- > " --><?p ]?>]>',
  '\n<!DOCTYPE list SYSTEM "a>b">',
);
const documents = fc
  .tuple(declarations, attributes, fc.array(fc.oneof(element, texts, sections), { maxLength: 5 }), blanks)
  .map(
    ([declaration, attributeText, parts, blank]) =>
      `${declaration}<list${attributeText}>${parts.join('')}</list>${blank}`,
  );

const pieces = fc.array(fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 10, max: 500 })), {
  minLength: 1,
  maxLength: 5,
});

/** Puts something in the place of `cut` characters. */
interface Mutation {
  readonly at: number;
  readonly cut: number;
  readonly insert: string;
}

const mutations = fc.record({
  at: fc.integer({ min: 0, max: 400 }),
  cut: fc.integer({ min: 0, max: 3 }),
  insert: fc.constantFrom(
    ...[
      '',
      '',
      '',
      '<',
      '>',
      '/',
      '&',
      ';',
      '"',
      "'",
      '=',
      ' ',
      'x',
      '-',
      '--',
      '?',
      '!',
      ']]>',
      '[',
      '\u0002',
    ],
    ...[
      '<!--',
      '-->',
      '<![CDATA[',
      '<?',
      '?>',
      '<a>',
      '</a>',
      '<a/>',
      'é',
      '<!DOCTYPE x>',
      '<?xml version="1.0"?>',
    ],
  ),
});

function edit(document: string, { at, cut, insert }: Mutation): string {
  const where = at % (document.length + 1);
  return (document.slice(0, where) + insert + document.slice(where + cut)).toWellFormed();
}

const damagedDocuments = fc
  .tuple(documents, fc.array(mutations, { minLength: 1, maxLength: 3 }))
  .map(([document, edits]) => edits.reduce(edit, document))
  .filter((document) => !oddities.test(document));
