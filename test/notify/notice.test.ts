import assert from 'node:assert/strict';
import { test } from 'node:test';
import { composeNotice, noticeText, type Told } from '../../src/notify/notice.ts';
import { IcError } from '../../src/platform/errors.ts';
import { counts, kindState, owedItem, resultOf, sampleNow, stateOf } from './results.ts';

const unreachable = new IcError(
  'unreachable',
  'Cannot get a token from support.example.com: no answer for 60 s.',
  {
    hint: 'Check host of the site.',
  },
);
const failed = resultOf({ status: 'failed', exitCode: 69, error: unreachable, kinds: {} });

function told(some: Partial<Told> = {}): Told {
  return {
    occasion: 'failure',
    result: failed,
    known: stateOf({ lastSuccess: sampleNow - 7200, failingSince: sampleNow - 60 }),
    owed: [],
    host: 'support.example.com',
    ...some,
  };
}

function compose(all: readonly Told[], secrets: readonly string[] = []) {
  const context = { runId: '5f0c2a91', machine: 'backup01', now: sampleNow, exitCode: 69, secrets };
  return composeNotice(all, context);
}

test('a failure names site, transfer, what failed, the remedy, what is owed and the last success', () => {
  const known = stateOf({
    lastSuccess: sampleNow - 7200,
    failingSince: sampleNow - 60,
    kinds: new Map([
      ['sessions', kindState()],
      ['session-recordings', kindState({ owed: 3 })],
    ]),
  });
  const notice = compose([told({ known, owed: [owedItem(), owedItem({ lsid: 'def' })] })]);
  assert.equal(
    notice.subject,
    'hq-to-archive failed: Cannot get a token from support.example.com: no answer for 60 s.',
  );
  assert.equal(notice.good, false);
  assert.equal(
    noticeText(notice),
    `Transfer hq-to-archive has begun to fail.

  Site           hq (support.example.com)
  Destination    archive
  Result         failed, exit code 69
  What failed    Cannot get a token from support.example.com: no answer for 60 s.
  Remedy         Check host of the site.
  Owed           session-recordings: 3; the longest since 2026-11-22 08:00:00Z: session abc, status 500
  Last success   2026-11-22 08:00:00Z (2 h ago)
  Failing since  2026-11-22 09:59:00Z (1 min ago)

Run 5f0c2a91 on backup01, 2026-11-22 10:00:00Z, exit code 69. More: ic status, ic log --run 5f0c2a91
`,
  );
});

test('a partial result tells what is missing', () => {
  const kinds = { sessions: counts({ delivered: 5 }), 'session-recordings': counts({ failed: 2 }) };
  const warnings = ['one', 'two', 'three', 'four', 'five'];
  const result = resultOf({ status: 'partial', exitCode: 3, kinds, warnings });
  const notice = compose([told({ result })]);
  assert.equal(
    notice.subject,
    'hq-to-archive failed in part: session-recordings: 2 failed. one two three And 2 more warnings.',
  );
  assert.match(noticeText(notice), /Remedy +What is owed is tried again by later runs/);
});

test('a partial result where only old debts are left', () => {
  const result = resultOf({ status: 'partial', exitCode: 3 });
  assert.match(
    compose([told({ result, owed: [owedItem()] })]).subject,
    /in part: 1 item could not be had yet\.$/,
  );
});

for (const [occasions, subject, good] of [
  [['reminder'], 'a still failing: Cannot get a token from support.example.com: no answer for 60 s.', false],
  [['recovery'], 'a recovered', true],
  [['success'], 'a succeeded', true],
  [['success', 'success'], '2 transfers succeeded: a, b', true],
  [['failure', 'failure'], '2 transfers failed: a, b', false],
  [['reminder', 'reminder'], '2 transfers still failing: a, b', false],
  [['failure', 'reminder', 'recovery'], '2 transfers failed: a, b; c recovered', false],
] as const) {
  test(`one message for ${occasions.join(' and ')}`, () => {
    const all = occasions.map((occasion, index) => {
      const name = 'abc'[index] ?? '';
      const well = occasion === 'recovery' || occasion === 'success';
      return told({ occasion, result: well ? resultOf({ name }) : { ...failed, name } });
    });
    const notice = compose(all);
    assert.equal(notice.subject, subject);
    assert.equal(notice.good, good);
    assert.equal(notice.sections.length, occasions.length);
  });
}

test('a recovery tells what was delivered and that all is well', () => {
  const notice = compose([told({ occasion: 'recovery', result: resultOf(), known: stateOf() })]);
  const text = noticeText(notice);
  assert.match(text, /^Transfer hq-to-archive is well again\.\n/);
  assert.match(text, / Delivered +sessions: 2\n/);
  assert.match(text, / Owed +nothing\n/);
  assert.doesNotMatch(text, /Failing since|Remedy/);
});

test('the heads of the records are in it, to be held against the archive later', () => {
  const heads = [
    { kinds: ['sessions', 'backups'], id: 'a', sequence: 12, hash: 'ab'.repeat(32) },
    { kinds: ['presentations'], id: 'b', sequence: 3, hash: null },
  ] as const;
  const text = noticeText(compose([told({ result: { ...failed, heads } })]));
  assert.match(
    text,
    new RegExp(`Head of the records +sessions, backups: number 12, SHA-256 ${'ab'.repeat(32)}`),
  );
  assert.match(text, /Head of the records +presentations: number 3\n/);
});

test('a transfer that never ran, unknown to the state', () => {
  assert.match(noticeText(compose([told({ known: null })])), /Last success +never\n/);
});

test('nothing from data makes a line, a header, or text that reads backwards', () => {
  const message = 'Refused: a\r\nBcc: everybody@example.com\r\n\r\nbody\u202e\u0000\u001b[2J';
  const result = {
    ...failed,
    error: new IcError('refused', message, { hint: 'x\ny' }),
    warnings: ['\u2028z'],
  };
  const notice = compose([told({ result })]);
  const everything = [
    notice.subject,
    ...notice.sections.flatMap(({ heading, facts }) => [heading, ...facts.flat()]),
  ];
  for (const line of everything) assert.doesNotMatch(line, /[\p{Cc}\u2028\u202e]/u);
  assert.match(notice.subject, /Refused: a\\r\\nBcc: everybody/);
});

test('no secret gets in, plain or as it stands in a URL', () => {
  const error = new IcError('refused', 'p4ss w0rd and https://u:p@h/x?sig=abc', { hint: 'p4ss%20w0rd' });
  const notice = compose([told({ result: { ...failed, error } })], ['p4ss w0rd']);
  assert.doesNotMatch(JSON.stringify(notice), /p4ss|sig=abc|u:p/);
});

test('neither a long message nor many transfers make a notice endless', () => {
  const error = new IcError('io', '💥'.repeat(5000));
  const all = Array.from({ length: 50 }, (_, index) =>
    told({ result: { ...failed, name: `transfer-${index}`, error } }),
  );
  const notice = compose(all);
  assert.ok(notice.subject.length <= 180);
  assert.ok(compose(all.slice(0, 1)).subject.isWellFormed());
  assert.equal(notice.sections.length, 20);
  assert.match(notice.footer, /^And 30 more transfers\. Run/);
  assert.ok(noticeText(notice).length < 40_000);
});

test('what fails comes first, and is not left out for what is well', () => {
  const well = Array.from({ length: 30 }, (_, index) =>
    told({ occasion: 'success', result: { ...failed, status: 'ok', exitCode: 0, name: `well-${index}` } }),
  );
  const notice = compose([...well, told({ result: { ...failed, name: 'ailing' } })]);
  assert.match(notice.sections[0]?.heading ?? '', /ailing has begun to fail/);
});
