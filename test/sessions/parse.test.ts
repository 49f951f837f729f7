import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  parseReport,
  type ReportItem,
  ReportSyntaxError,
  UnexpectedReportError,
} from '../../src/sessions/parse.ts';

const declaration = '<?xml version="1.0" encoding="UTF-8"?>\n\n';
const namespace = 'xmlns="http://www.bomgar.com/namespaces/API/reporting"';

function list(...sessions: readonly string[]): string {
  return `${declaration}<session_list ${namespace}>\n${sessions.join('\n')}\n</session_list>\n`;
}

async function read(document: string | Buffer, piece = 1_000_000): Promise<ReportItem<'sessions'>[]> {
  const bytes = Buffer.from(document as string);
  const items: ReportItem<'sessions'>[] = [];
  function* pieces() {
    for (let from = 0; from < bytes.length; from += piece) yield bytes.subarray(from, from + piece);
  }
  for await (const item of parseReport(pieces(), 'sessions')) items.push(item);
  return items;
}

async function one(session: string | Buffer) {
  const items = await read(Buffer.isBuffer(session) ? session : list(session));
  const [item] = items;
  assert.equal(items.length, 1);
  assert.equal(item?.type, 'record');
  return (item as Extract<ReportItem<'sessions'>, { type: 'record' }>).record;
}

describe('records', () => {
  for (const [what, element, expected] of [
    ['a timestamp', '<end_time timestamp="1714983011">2001-01-01T00:00:00Z</end_time>', 1714983011],
    ['a text alone', '<end_time>2024-05-06T08:10:11+00:00</end_time>', 1714983011],
    [
      'the epoch, which stands for no time',
      '<end_time timestamp="0">1970-01-01T00:00:00+00:00</end_time>',
      null,
    ],
    [
      'microseconds, which are no timestamp',
      '<end_time timestamp="1714983011000000">2024-05-06T08:10:11+00:00</end_time>',
      1714983011,
    ],
    ['what is no time at all', '<end_time timestamp="99999999999999999999">soon</end_time>', null],
  ] as const) {
    test(`take their times from ${what}`, async () => {
      const { record } = await one(`<session lsid="a">${element}</session>`);
      assert.equal(record.endTime, expected);
    });
  }

  test('come with their bytes as they were sent, whatever pieces they arrive in', async () => {
    const first = '<session lsid="a" ><external_key>Ä &amp; 漢字 &#x1F44B;</external_key>\r\n\t</session >';
    const second = '<session\nlsid="b"><!-- <session lsid="c"> --></session>';
    for (const piece of [1, 2, 3, 7, 64, 10_000]) {
      const items = await read(`\uFEFF${list(first, second)}`, piece);
      const raws = items.map((item) =>
        item.type === 'record' ? Buffer.from(item.record.raw).toString() : item.type,
      );
      assert.deepEqual(raws, [first, second]);
    }
  });

  test('make documents of their own with the list’s root as it came', async () => {
    const session = '<r:session lsid="a"><r:lseq>1</r:lseq></r:session>';
    const [item] = await read(
      `${declaration}<r:session_list xmlns:r="urn:x"  a='1'>${session}</r:session_list>`,
    );
    assert.ok(item?.type === 'record');
    const document = Buffer.from(item.record.document()).toString();
    assert.equal(
      document,
      `<?xml version="1.0" encoding="UTF-8"?>\n<r:session_list xmlns:r="urn:x"  a='1'>\n${session}\n</r:session_list>\n`,
    );
    const [again] = await read(document);
    assert.ok(again?.type === 'record');
    assert.equal(again.record.contentHash, item.record.contentHash);
  });

  test('without an lsid are told apart, and the others go on', async () => {
    const items = await read(
      list('<session><lseq>1</lseq></session>', '<session lsid=""/>', '<session lsid="b"/>'),
    );
    assert.deepEqual(
      items.map((item) => item.type),
      ['invalid', 'invalid', 'record'],
    );
  });
});

describe('texts', () => {
  const bodyOf = async (event: string) => {
    const { record } = await one(
      `<session lsid="a"><session_details><event>${event}</event></session_details></session>`,
    );
    return record.events[0]?.body;
  };

  test('resolve references, CDATA and XML’s five entities', async () => {
    assert.equal(
      await bodyOf('<body>5 &gt; 3 &#x2713; &#233; <![CDATA[<b> & ]]]]><![CDATA[>]]></body>'),
      '5 > 3 ✓ é <b> & ]]>',
    );
  });

  test('prefer the decoded body', async () => {
    const encoded = Buffer.from('\u0007\u001b[31mü').toString('base64');
    assert.equal(
      await bodyOf(`<body>lost</body><encoded_body>\n${encoded}\n</encoded_body>`),
      '\u0007\u001b[31mü',
    );
  });

  test('survive what XML forbids, which is reported', async () => {
    const record = await one('<session lsid="a"><external_key>a\u0001b&#x1B;c</external_key></session>');
    assert.equal(record.record.externalKey, 'a\u0001b&#x1B;c');
    assert.equal(record.defects.length, 2);
    assert.equal((await one('<session lsid="a"/>')).defects.length, 0);
  });

  test('survive bytes that are not UTF-8, which is reported', async () => {
    const [before = '', after = ''] = list(
      '<session lsid="a"><external_key>|</external_key></session>',
    ).split('|');
    const record = await one(
      Buffer.concat([Buffer.from(before), Buffer.from([0xc3, 0x28]), Buffer.from(after)]),
    );
    assert.deepEqual(record.defects, ['bytes that are not UTF-8']);
    assert.equal(record.record.externalKey, '\uFFFD(');
  });

  test('expand no entity of a document type', async () => {
    const doctype = '<!DOCTYPE session_list [<!ENTITY a "aaaa"><!ENTITY f SYSTEM "file:///etc/passwd">]>';
    const document = `<?xml version="1.0"?>${doctype}<session_list><session lsid="a"><external_key>&a;&f;</external_key></session></session_list>`;
    const [item] = await read(document);
    assert.ok(item?.type === 'record');
    assert.equal(item.record.record.externalKey, '&a;&f;');
    assert.deepEqual(item.record.defects, ['an undefined entity']);
  });
});

describe('times', () => {
  const timeOf = async (element: string) =>
    (await one(`<session lsid="a">${element}</session>`)).record.startTime;

  test('come from the attribute, else from the text with its zone', async () => {
    assert.equal(
      await timeOf('<start_time timestamp="1714983011">2020-01-01T00:00:00+00:00</start_time>'),
      1_714_983_011,
    );
    assert.equal(await timeOf('<start_time>2024-05-06T10:10:11+02:00</start_time>'), 1_714_983_011);
    assert.equal(await timeOf('<start_time>2024-05-06T08:10:11</start_time>'), 1_714_983_011);
  });

  test('are null when missing, empty or no time', async () => {
    for (const element of [
      '',
      '<start_time/>',
      '<start_time> </start_time>',
      '<start_time>soon</start_time>',
    ]) {
      assert.equal(await timeOf(element), null);
    }
  });
});

describe('the content hash', () => {
  const hashOf = async (session: string) => (await one(session)).contentHash;
  const base = '<session lsid="a"><x b="1" c="2">t</x><y/></session>';
  const same = [
    ['white space between elements', '<session lsid="a">\n\t<x b="1" c="2">t</x>\n<y>\n</y></session>'],
    ['the order of elements', '<session lsid="a"><y/><x b="1" c="2">t</x></session>'],
    ['the order of attributes', '<session lsid="a"><x c="2" b="1">t</x><y/></session>'],
    ['how a character is written', '<session lsid="a"><x b="&#49;" c="2"><![CDATA[t]]></x><y/></session>'],
    [
      'links as elements',
      '<session lsid="a"><x b="1" c="2">t</x><y/><session_chat_view_url>https://h/?h=1</session_chat_view_url></session>',
    ],
    [
      'links as values of events',
      '<session lsid="a"><x b="1" c="2">t</x><y/><value name="download_url" value="https://h/1"/></session>',
    ],
  ] as const;
  for (const [name, session] of same) {
    test(`does not depend on ${name}`, async () => assert.equal(await hashOf(session), await hashOf(base)));
  }

  const different = [
    ['text', '<session lsid="a"><x b="1" c="2">T</x><y/></session>'],
    ['an attribute', '<session lsid="a"><x b="1" c="3">t</x><y/></session>'],
    ['structure', '<session lsid="a"><x b="1" c="2">t<y/></x></session>'],
    ['an element that the model does not know', '<session lsid="a"><x b="1" c="2">t</x><y/><z/></session>'],
  ] as const;
  for (const [name, session] of different) {
    test(`depends on ${name}`, async () => assert.notEqual(await hashOf(session), await hashOf(base)));
  }

  test('depends on the element that something stands in, wherever that element stands', async () => {
    const first = '<session lsid="a"><e id="1"><v>x</v></e><e id="2"><v>y</v></e></session>';
    const second = '<session lsid="a"><e id="1"><v>y</v></e><e id="2"><v>x</v></e></session>';
    const same = '<session lsid="a"><e id="2"><v>y</v></e><e id="1"><v>x</v></e></session>';
    assert.notEqual(await hashOf(first), await hashOf(second));
    assert.equal(await hashOf(first), await hashOf(same));
  });

  test('depends on how often an element stands there', async () => {
    assert.notEqual(
      await hashOf('<session lsid="a"><y/><y/></session>'),
      await hashOf('<session lsid="a"><y/></session>'),
    );
  });

  test('is of another content for any other tree, whatever control characters its texts hold', async () => {
    const text = fc.string({
      unit: fc.constantFrom('a', '\x00', '\x01', '\x02', '\x03', '\x04', '\x05', '\xff'),
    });
    const texts = fc.oneof(
      text,
      text.map((value) => value.repeat(80)),
    );
    const above = (children: fc.Arbitrary<readonly Tree[]>) =>
      fc.record({ text: texts, value: text, children });
    const leaf = above(fc.constant([]));
    const tree = above(fc.array(above(fc.array(leaf, { maxLength: 3 })), { maxLength: 3 }));
    await fc.assert(
      fc.asyncProperty(tree, tree, async (a, b) => {
        const areSame = canonical(a) === canonical(b);
        assert.equal((await hashOf(markupOf(a))) === (await hashOf(markupOf(b))), areSame);
        assert.equal(await hashOf(markupOf(reversed(a))), await hashOf(markupOf(a)));
      }),
    );
    const forged = '<session lsid="a"><a>T\x03\x01b\x02U</a></session>';
    assert.notEqual(await hashOf(forged), await hashOf('<session lsid="a"><a>T</a><b>U</b></session>'));
  });

  test('takes no longer for each of many attributes or elements', async () => {
    const count = 60_000;
    // A tag has no more than that.
    const most = 10_000;
    const attributes = Array.from({ length: most }, (_, index) => `a${most - index}="1"`).join(' ');
    const elements = Array.from({ length: count }, (_, index) => `<e>${count - index}</e>`).join('');
    const found = await hashOf(`<session lsid="a"><x ${attributes}/><y>${elements}</y></session>`);
    assert.match(found, /^2:[0-9a-f]{62}$/);
  });

  test('of version 0.1.0 is recognised', async () => {
    const hash = '0ed67a790cc06b032d1904b5b68a172f8071778e9424cb02b53c7f0e954fd33e';
    const again = '<session lsid="a"><x c="2" b="1">t</x><y/><z_url>https://h/?h=2</z_url></session>';
    assert.ok((await one(base)).hasContent(hash));
    assert.ok((await one(again)).hasContent(hash));
    assert.ok(!(await one('<session lsid="a"><x b="1" c="2">T</x><y/></session>')).hasContent(hash));
    assert.ok((await one(base)).hasContent(await hashOf(again)));
  });
});

describe('documents that are no report', () => {
  test('cut off anywhere, never yield a partial session and always an error', async () => {
    const document = Buffer.from(list('<session lsid="a"><lseq>1</lseq></session>', '<session lsid="b"/>'));
    const end = document.lastIndexOf('</session_list>') + '</session_list>'.length;
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: end - 1 }), async (length) => {
        const items: string[] = [];
        await assert.rejects(async () => {
          for await (const item of parseReport([document.subarray(0, length)], 'sessions')) {
            assert.ok(item.type === 'record');
            items.push(Buffer.from(item.record.raw).toString());
          }
        }, ReportSyntaxError);
        for (const raw of items)
          assert.ok(/^<session lsid="[ab]">.*<\/session>$|^<session lsid="b"\/>$/.test(raw));
      }),
    );
  });

  test('tell a cut from broken XML', async () => {
    const failure = async (document: string) => read(document).catch((error: unknown) => error);
    const cut = await failure(`${declaration}<session_list><session lsid="a">`);
    assert.ok(cut instanceof ReportSyntaxError && cut.truncated);
    const broken = await failure(`${declaration}<session_list><session lsid="a"></x></session_list>`);
    assert.ok(broken instanceof ReportSyntaxError && !broken.truncated);
  });

  test('with another root are refused by name', async () => {
    await assert.rejects(
      read('<html><body/></html>'),
      (error) => error instanceof UnexpectedReportError && error.message.includes('<html>'),
    );
  });

  test('of presentations name the link to a recording in one of several ways', async () => {
    for (const name of [
      'session_recording_download_url',
      'presentation_recording_download_url',
      'recording_download_url',
      'presentation_recording_url',
      'recording_url',
    ]) {
      const document = `<presentation_session_list><presentation_session lsid="a"><${name}>https://a/b</${name}></presentation_session></presentation_session_list>`;
      const [item] = await Array.fromAsync(parseReport([Buffer.from(document)], 'presentations'));
      assert.ok(item?.type === 'record' && item.record.kind === 'presentations');
      assert.equal(item.record.record.recordingDownloadUrl, 'https://a/b', name);
    }
  });

  test('with records of an unknown shape are refused, and what came before is handed out', async () => {
    const shapes = {
      support_session: '<session_list><support_session lsid="a"/></session_list>',
      sessions: '<session_list><sessions><session lsid="a"/></sessions></session_list>',
      meeting: '<presentation_session_list><meeting LSID="a"/></presentation_session_list>',
      presentations:
        '<presentation_list><presentations><presentation lsid="a"/></presentations></presentation_list>',
    };
    for (const [name, document] of Object.entries(shapes)) {
      const kind = document.startsWith('<session_list') ? 'sessions' : 'presentations';
      const reading = Array.fromAsync(parseReport([Buffer.from(document)], kind));
      await assert.rejects(
        reading,
        (error) => error instanceof UnexpectedReportError && error.message.includes(`<${name}>`),
      );
    }
    const known: string[] = [];
    await assert.rejects(async () => {
      const document =
        '<session_list><session lsid="a"/><summary count="1"/><other lsid="b"/></session_list>';
      for await (const item of parseReport([Buffer.from(document)], 'sessions')) known.push(item.type);
    }, UnexpectedReportError);
    assert.deepEqual(known, ['record']);
  });

  test('that are an error hand out its text, as root and inside the list', async () => {
    const root = await read(`${declaration}<error ${namespace} >\n No Support report information \n</error>`);
    assert.deepEqual(root, [{ type: 'error', text: 'No Support report information' }]);
    const inside = await read('<session_list><error code="x">denied</error></session_list>');
    assert.deepEqual(inside, [{ type: 'error', text: 'denied' }]);
  });

  test('that are an error hold no records, whatever else stands in them', async () => {
    for (const record of ['<session lsid="a"/>', `<session lsid="a">${'x'.repeat(5000)}</session>`]) {
      for (const kind of ['sessions', 'presentations', null] as const) {
        const bytes = Buffer.from(`<error>No${record}</error>`);
        const pieces = [bytes.subarray(0, 3000), bytes.subarray(3000)];
        const items = await Array.fromAsync(parseReport(pieces, kind, 1000));
        assert.deepEqual(items, [{ type: 'error', text: 'No' }]);
      }
    }
  });

  test('encoded as something else than UTF-8 are refused', async () => {
    await assert.rejects(read(Buffer.from('\uFEFF<session_list/>', 'utf16le')), /UTF-16/);
    await assert.rejects(read('<?xml version="1.0" encoding="ISO-8859-1"?><session_list/>'), /ISO-8859-1/);
  });

  test('nested too deeply are refused rather than followed', async () => {
    await assert.rejects(read(`<session_list><session lsid="a">${'<a>'.repeat(10_000)}`), /nested deeper/);
  });
});

interface Tree {
  readonly text: string;
  readonly value: string;
  readonly children: readonly Tree[];
}

const inElement = (text: string) => text.replace(/[\0]/g, '\x06');

/** As XML, below a session. */
function markupOf(tree: Tree): string {
  const element = ({ text, value, children }: Tree): string =>
    `<e v="${inElement(value)}">${children.map(element).join('')}${inElement(text)}</e>`;
  return `<session lsid="a">${element(tree)}</session>`;
}

/** The same for trees that differ in the order of their elements only. */
function canonical({ text, value, children }: Tree): string {
  return JSON.stringify([inElement(text), inElement(value), children.map(canonical).sort()]);
}

function reversed({ text, value, children }: Tree): Tree {
  return { text, value, children: children.toReversed().map(reversed) };
}
