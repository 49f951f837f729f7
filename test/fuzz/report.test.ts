import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import type { RecordKind } from '../../src/platform/kinds.ts';
import { recordingsOfPresentation, recordingsOfSession } from '../../src/pull/recordings-of.ts';
import {
  parseReport,
  type ReportItem,
  type ReportRecord,
  ReportSyntaxError,
  UnexpectedReportError,
} from '../../src/sessions/parse.ts';
import type { Presentation, Session } from '../../src/sessions/session.ts';
import { fuzz } from './fuzz.ts';
import { composed, inPieces, mutated, pieces } from './mutations.ts';

const samples = ['support', 'presentation'].map((name) =>
  readFileSync(new URL(`../samples/${name}-session-list.xml`, import.meta.url)),
);

const words = [
  ...[
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<?xml version="1.0" encoding="UTF-16"?>',
    '<?xml?>',
    '<?p x?>',
    '<?',
  ],
  ...['<session_list>', '</session_list>', '<presentation_session_list>', '</presentation_session_list>'],
  ...[
    '<session lsid="a">',
    '<session>',
    "<session lsid='b'/>",
    '</session>',
    '<r:session lsid="c" xmlns:r="urn:x">',
  ],
  ...[
    '<presentation_session lsid="d">',
    '</presentation_session>',
    '<a>',
    '</a>',
    '<a',
    '<',
    '>',
    '/>',
    '</',
    'a=""',
  ],
  ...[
    '<error>',
    '</error>',
    '<error xmlns="urn:x">no</error>',
    ' lsid="a"',
    ' LSID="e"',
    ' a="',
    " a='",
    'text',
  ],
  ...[
    '<![CDATA[',
    ']]>',
    ']]',
    '<!--',
    '-->',
    '--',
    '<!DOCTYPE a [<!ENTITY b "c">]>',
    '<!DOCTYPE a>',
    '<!',
    '<!E',
  ],
  ...[
    '&amp;',
    '&b;',
    '&#0;',
    '&#x41;',
    '&#x110000;',
    '&#xD800;',
    '&#99999999999999999999;',
    '&',
    '&#',
    '&;',
    '&lt',
  ],
  ...['<event timestamp="9e99" event_type="Chat Message">', '</event>', '<body encoding="base64">!</body>'],
  ...[
    '<start_time timestamp="-1">',
    '<end_time timestamp="99999999999999999999">',
    '<data>',
    '<value name="__proto__" value="x"/>',
  ],
  ...[
    '<a>'.repeat(300),
    '</a>'.repeat(300),
    '<b>'.repeat(200),
    `<a ${attributes(40)}>`,
    `<a b="${'v'.repeat(5000)}"/>`,
  ],
];

function attributes(count: number): string {
  return Array.from({ length: count }, (_, index) => `a${count - index}="${index}"`).join(' ');
}

const documents = fc.oneof(
  mutated(samples, words),
  mutated(
    ['<session_list><session lsid="a"><lseq>1</lseq></session></session_list>', '<error>no</error>'],
    words,
    12,
  ),
  composed(words).map((content) => Buffer.concat([Buffer.from('<session_list>'), content])),
  composed(words),
);

interface Reading {
  readonly items: readonly ReportItem<RecordKind>[];
  readonly end: string;
}

async function read(document: Iterable<Buffer>, kind: RecordKind | null, limit?: number): Promise<Reading> {
  const items: ReportItem<RecordKind>[] = [];
  try {
    for await (const item of parseReport(document, kind, limit)) items.push(item);
  } catch (error) {
    assert.ok(error instanceof ReportSyntaxError || error instanceof UnexpectedReportError, String(error));
    // Which of several faults is named may depend on how much of the document has come.
    const isCut = error instanceof ReportSyntaxError && error.truncated;
    return { items, end: isCut ? 'truncated' : error.name };
  }
  return { items, end: 'whole' };
}

/** What two readings of the same document must have in common. */
function seenIn({ items, end }: Reading): unknown {
  const records = items.map((item) =>
    item.type === 'record'
      ? [
          item.record.record,
          Buffer.from(item.record.raw).toString('hex'),
          item.record.defects,
          item.record.contentHash,
        ]
      : item,
  );
  return { records, end };
}

async function checkRecord({ kind, record, raw }: ReportRecord, whole: ReportRecord): Promise<void> {
  for (const time of [record.startTime, record.endTime])
    assert.ok(time === null || Number.isSafeInteger(time), `${time}`);
  assert.notEqual(record.lsid.trim(), '');
  if (kind === 'sessions') recordingsOfSession(record as Session);
  else recordingsOfPresentation(record as Presentation);
  const again = await read([Buffer.from(whole.document())], kind);
  const [item, ...others] = again.items;
  assert.deepEqual(
    [item?.type, others, again.end],
    ['record', [], 'whole'],
    Buffer.from(whole.document()).toString(),
  );
  assert.ok(item?.type === 'record');
  assert.deepEqual(Buffer.from(item.record.raw), Buffer.from(raw));
  assert.equal(item.record.contentHash, whole.contentHash);
}

test('any report is read to its end or refused, and its records read the same again', async (t) => {
  await fuzz(
    t,
    fc.tuple(documents, fc.constantFrom('sessions', 'presentations', null)),
    1200,
    async ([document, kind]) => {
      const { items } = await read([document], kind);
      for (const item of items) if (item.type === 'record') await checkRecord(item.record, item.record);
    },
  );
});

test('any report reads the same in whatever pieces it comes', async (t) => {
  await fuzz(t, fc.tuple(documents, pieces), 1000, async ([document, lengths]) => {
    const whole = await read([document], null);
    assert.deepEqual(seenIn(await read(inPieces(document, lengths), null)), seenIn(whole));
  });
});

test('of any report, no record is kept that is longer than it may be by more than a piece', async (t) => {
  await fuzz(t, fc.tuple(documents, fc.integer({ min: 1, max: 500 })), 300, async ([document, piece]) => {
    const lengths = Array<number>(Math.ceil(document.length / piece)).fill(piece);
    const { items } = await read(inPieces(document, lengths), null, 1000);
    for (const item of items) if (item.type === 'record') assert.ok(item.record.raw.length <= 1000 + piece);
  });
});
