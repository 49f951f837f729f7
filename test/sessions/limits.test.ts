import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseReport, ReportSyntaxError } from '../../src/sessions/parse.ts';
import { Names } from '../../src/sessions/xml/names.ts';

const maxRecord = 100_000;
const small = (lsid: string) => `<session lsid="${lsid}"><lseq>1</lseq></session>`;
const filler = (length: number) => 'x'.repeat(length);

/** Records of so many bytes and more, each with its bulk in another place. */
const large: Readonly<Record<string, (length: number) => string>> = {
  'many elements': (length) => '<a b="c">d</a>'.repeat(length / 14),
  'one text': (length) => `<a>${filler(length)}</a>`,
  'a CDATA section': (length) => `<a><![CDATA[${filler(length)}]] > ]]></a>`,
  'a comment': (length) => `<a><!-- ${filler(length)} - - --></a>`,
  'a processing instruction': (length) => `<a><?p ${filler(length)} ? > ?></a>`,
  references: (length) => `<a>${'&amp;'.repeat(length / 5)}</a>`,
  'elements within elements': (length) => `${'<a>'.repeat(100)}${filler(length)}${'</a>'.repeat(100)}`,
};

async function* inPieces(document: string, size: number): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(document);
  for (let from = 0; from < bytes.length; from += size) yield bytes.subarray(from, from + size);
}

async function read(document: string, size = 65_536, limit = maxRecord) {
  return Array.fromAsync(parseReport(inPieces(document, size), 'sessions', limit), (item) => {
    if (item.type === 'record') return item.record.record.lsid;
    return item.type === 'invalid' ? item : item.text;
  });
}

describe('a record that is longer than it may be', () => {
  for (const [what, bulk] of Object.entries(large)) {
    for (const size of [1_000, 65_536, 10_000_000]) {
      test(`by ${what}, in pieces of ${size}, is named and read past, and those around it come`, async () => {
        const long = `<session lsid="long">${bulk(300_000)}</session>`;
        const document = `<session_list>${small('a')}${long}${small('b')}${small('c')}</session_list>`;
        const [a, refused, b, c, ...more] = await read(document, size);
        assert.deepEqual([a, b, c, more], ['a', 'b', 'c', []]);
        assert.ok(typeof refused === 'object');
        assert.equal(refused.lsid, 'long');
        assert.match(refused.reason, new RegExp(`long.* has ${long.length} bytes`));
      });
    }
  }

  test('may be as long as the limit, and not longer by a piece', async () => {
    const long = `<session lsid="long">${large['one text']?.(300_000)}</session>`;
    const document = `<session_list>${long}</session_list>`;
    assert.deepEqual(await read(document, 65_536, long.length), ['long']);
  });

  test('has no lsid to be named by, and is refused all the same', async () => {
    const [refused] = await read(`<session_list><session>${filler(300_000)}</session></session_list>`);
    assert.ok(typeof refused === 'object');
    assert.equal(refused.lsid, null);
  });

  test('is broken within: what was before it comes, and the report is malformed', async () => {
    const document = `<session_list>${small('a')}<session lsid="long">${filler(300_000)}<a></b></session></session_list>`;
    const items: unknown[] = [];
    const reading = (async () => {
      for await (const item of parseReport(inPieces(document, 65_536), 'sessions', maxRecord))
        items.push(item.type);
    })();
    await assert.rejects(reading, (error) => error instanceof ReportSyntaxError && !error.truncated);
    assert.deepEqual(items, ['record']);
  });

  test('takes no more memory however long it is', async () => {
    const piece = Buffer.from('<a b="c">d</a>'.repeat(5_000));
    async function* endless(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('<session_list><session lsid="long">');
      for (let count = 0; count < 3_000; count += 1) yield piece;
      yield Buffer.from('<c><![CDATA[');
      for (let count = 0; count < 3_000; count += 1) yield piece;
      yield Buffer.from(`]]></c></session>${small('b')}</session_list>`);
    }
    let most = 0;
    const items: unknown[] = [];
    const before = process.memoryUsage().arrayBuffers;
    async function* watched(): AsyncGenerator<Uint8Array> {
      for await (const chunk of endless()) {
        most = Math.max(most, process.memoryUsage().arrayBuffers - before);
        yield chunk;
      }
    }
    for await (const item of parseReport(watched(), 'sessions', maxRecord)) items.push(item.type);
    assert.deepEqual(items, ['invalid', 'record']);
    // 420 MB have gone by.
    assert.ok(most < 60_000_000, `${most} bytes were held`);
  });
});

describe('what no report holds is refused', () => {
  for (const [what, content, message] of [
    ['a tag of more than a megabyte', `<a b="${filler(1_200_000)}"/>`, /a tag of more than 1048576 bytes/],
    [
      'an element with too many attributes',
      `<a ${Array.from({ length: 10_001 }, (_, index) => `a${index}=""`).join(' ')}/>`,
      /more than 10000 attributes/,
    ],
    [
      'a record with too many names',
      Array.from({ length: 70_000 }, (_, index) => `<n${index}/>`).join(''),
      /more than 65536 names/,
    ],
  ] as const) {
    test(`${what}`, async () => {
      const document = `<session_list>${small('a')}<session lsid="b">${content}</session></session_list>`;
      await assert.rejects(read(document, 65_536, 256_000_000), message);
    });
  }

  test('10,000 attributes in a tag of almost a megabyte are read', async () => {
    const attributes = Array.from({ length: 10_000 }, (_, index) => `a${index}="${filler(80)}"`).join(' ');
    assert.deepEqual(
      await read(`<session_list><session lsid="a"><a ${attributes}/></session></session_list>`, 700, 10e6),
      ['a'],
    );
  });
});

describe('what comes in small pieces is not read again for each of them:', { concurrency: false }, () => {
  test('a tag', async (t) => {
    const asked = t.mock.method(Names.prototype, 'read');
    const attributes = Array.from({ length: 9_000 }, (_, index) => `a${index}="${filler(80)}>"`).join(' ');
    await read(`<session_list><session lsid="a"><a ${attributes}/></session></session_list>`, 700, 10e6);
    // Each attribute some times, since the tag is looked at again when it is twice as long; in 1,100 pieces.
    assert.ok(asked.mock.callCount() < 5 * 9_000, `${asked.mock.callCount()} names`);
  });

  for (const [what, begin, end] of [
    ['a CDATA section', '<![CDATA[', ']]>'],
    ['a comment', '<!--', '-->'],
    ['a processing instruction', '<?p ', '?>'],
  ] as const) {
    test(what, async (t) => {
      let searched = 0;
      const { indexOf } = Buffer.prototype;
      t.mock.method(Buffer.prototype, 'indexOf', function (this: Buffer, ...values: [Buffer, number]) {
        const [, from = 0] = values;
        searched += this.length - from;
        return Reflect.apply(indexOf, this, values);
      });
      const bulk = filler(2_000_000);
      await read(
        `<session_list><session lsid="a"><a>${begin}${bulk}${end}</a></session></session_list>`,
        1_000,
        10e6,
      );
      assert.ok(searched > bulk.length && searched < 6 * bulk.length, `${searched} bytes`);
    });
  }
});
