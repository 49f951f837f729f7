import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import type { Fault } from '../appliance/faults.ts';
import type { When } from '../appliance/rules.ts';
import { storedSessions } from '../support/archive-contents.ts';
import { day, hour, type Installation, install } from '../support/installation.ts';
import { assertRepaired } from '../support/oracle.ts';

/** What can happen to an answer, and what a pull that meets nothing else comes to. */
const faults: Readonly<Record<string, { readonly fault: Fault; readonly code: number }>> = {
  '429 with Retry-After': { fault: { type: 'status', status: 429, retryAfter: 1 }, code: 69 },
  '500': { fault: { type: 'status', status: 500 }, code: 69 },
  '503': { fault: { type: 'status', status: 503 }, code: 69 },
  '401': { fault: { type: 'status', status: 401 }, code: 77 },
  '403': { fault: { type: 'status', status: 403 }, code: 77 },
  'Document Not Found': {
    fault: { type: 'status', status: 404, body: 'Document Not Found' },
    code: 77,
  },
  'a reset before the answer': { fault: { type: 'reset' }, code: 69 },
  'a reset in the body': { fault: { type: 'reset-body', after: 0.5 }, code: 69 },
  'a body cut off with a clean end': { fault: { type: 'truncate', after: 0.5 }, code: 69 },
  'a length that is not kept': { fault: { type: 'wrong-length' }, code: 69 },
  'a page with 200': { fault: { type: 'html' }, code: 76 },
  'JSON with 200': { fault: { type: 'json' }, code: 76 },
  'an unknown error': { fault: { type: 'error', text: 'The database is being upgraded.' }, code: 76 },
  'nothing at all': { fault: { type: 'empty' }, code: 76 },
  'a redirect': { fault: { type: 'redirect', to: '/login' }, code: 76 },
  'broken XML': { fault: { type: 'body', body: '<session_list><session></oops></session_list>' }, code: 76 },
  'binary data': { fault: { type: 'body', body: new Uint8Array([0x1f, 0x8b, 8, 0, 0, 0]) }, code: 76 },
  silence: { fault: { type: 'stall' }, code: 69 },
  'silence in the body': { fault: { type: 'stall', after: 0.5 }, code: 69 },
};

/** The requests of a pull, in their order; `skip`: how many of them are let pass. */
const requests: Readonly<Record<string, When>> = {
  'the token': { api: 'token' },
  'the first slice': { where: ({ parameters }) => 'end_time' in parameters },
  'a later slice': { where: ({ parameters }) => 'end_time' in parameters, skip: 1 },
  'the sweep': { where: ({ parameters }) => 'start_time' in parameters },
  'open sessions by LSID': { where: ({ parameters }) => 'lsid' in parameters || 'lsids' in parameters },
};

describe('bad answers,', { concurrency: 6 }, () => {
  for (const [request, match] of Object.entries(requests)) {
    test(`for as long as they last, to ${request}`, async (t) => {
      const installation = await installForRounds(t);
      let watermark: string | null = null;
      for (const [name, { fault, code }] of Object.entries(faults)) {
        await t.test(name, async () => {
          const round = { match, fault, code: codeFor(request, name, code), watermark };
          watermark = await failAndRepair(installation, round);
        });
      }
    });
  }

  test('once to each kind of request, when they may pass', async (t) => {
    const installation = await installForRounds(t);
    const passing = Object.entries(faults).filter(([name, { code }]) => code === 69 || name === '401');
    for (const [name, { fault }] of passing) {
      await t.test(name, () => meetOnce(installation, fault));
    }
    await t.test('a drip', () => meetOnce(installation, { type: 'drip', bytes: 500, everyMs: 1 }));
  });
});

/** A text that is cut off is no JSON any more: it cannot be told from another answer. */
function codeFor(request: string, fault: string, code: number): number {
  return request === 'the token' && fault === 'a body cut off with a clean end' ? 76 : code;
}

interface Round {
  readonly match: When;
  readonly fault: Fault;
  readonly code: number;
  /** Before it; null: not known. */
  readonly watermark: string | null;
}

/** Resolves with the watermark afterwards. */
async function failAndRepair(installation: Installation, round: Round): Promise<string> {
  const { match, fault, code } = round;
  const { appliance } = installation;
  nextRound(installation);
  const rule = appliance.faults.add(fault, { ...match, times: Number.POSITIVE_INFINITY });
  const failed = await installation.pull();
  rule.remove();
  assert.ok(rule.hits > 0, 'the fault was never met');
  assert.equal(failed.transfer.error?.exit_code, code, failed.stderr);
  assert.ok(failed.transfer.error.hint, 'a remedy is named');
  const { delivered } = failed.sessions;
  const expected = delivered > 0 ? [3, 'partial'] : [code, 'failed'];
  assert.deepEqual([failed.code, failed.transfer.status], expected);
  await assertNotAheadOfArchive(installation, failed.transfer.watermark);
  if (delivered === 0 && round.watermark !== null)
    assert.equal(failed.transfer.watermark, round.watermark, 'the watermark has not moved');
  return (await assertRepaired(installation)).transfer.watermark;
}

async function meetOnce(installation: Installation, fault: Fault): Promise<void> {
  nextRound(installation);
  const kinds = ['end_time', 'start_time', 'lsid'];
  const rules = kinds.map((kind) =>
    installation.appliance.faults.add(fault, { where: ({ parameters }) => kind in parameters }),
  );
  await assertRepaired(installation);
  for (const [index, rule] of rules.entries()) {
    assert.equal(rule.hits, 1, `no request by ${kinds[index]} met the fault`);
  }
}

/** An archive of one session, and another one that is still open. */
async function installForRounds(t: TestContext): Promise<Installation> {
  const installation = await install(t, {
    appliance: { clock: { now: Date.now() - 90 * day * 1000 } },
    site: 'timeout = 1s\nretries = 1',
    transfer: 'sweep = 2h\nabandon_open_after = 90d',
  });
  const { appliance } = installation;
  const now = appliance.clock.seconds();
  appliance.sessions.add({ startTime: now - 2 * hour, endTime: now - hour });
  // So long ago that no later sweep sees it.
  appliance.sessions.add({ startTime: now - 6 * hour, endTime: null });
  await assertRepaired(installation);
  return installation;
}

/**
 * Three days later there are new sessions in each of two slices and in the sweep, while the open one began before the
 * sweep looks.
 */
function nextRound({ appliance }: Installation): void {
  const last = appliance.clock.seconds();
  appliance.clock.advance(3 * day * 1000);
  for (const after of [4, 20, 30, 60, 71].map((hours) => hours * hour)) {
    appliance.sessions.add({ startTime: last + after - 600, endTime: last + after });
  }
}

/** Nothing that ended before the watermark is missing from the archive. */
async function assertNotAheadOfArchive(
  { appliance, archive }: Installation,
  watermark: string,
): Promise<void> {
  const stored = new Set((await storedSessions(archive)).map(({ session }) => session.lsid));
  const reached = Date.parse(watermark) / 1000;
  for (const { lsid, endTime } of appliance.sessions.closed()) {
    assert.ok(stored.has(lsid) || (endTime ?? 0) >= reached, 'the watermark is ahead of the archive');
  }
}
