import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { type Appliance, startAppliance } from './appliance.ts';
import { type Asked, ask, askReport, askToken, begin, signedIn } from './ask.ts';
import { media } from './media.ts';

const noon = Date.parse('2026-11-22T12:00:00Z');
const now = noon / 1000;

async function withOneSession(): Promise<Appliance> {
  const appliance = await startAppliance({ clock: { now: noon, frozen: true } });
  appliance.sessions.add({
    lsid: 's',
    startTime: now - 900,
    endTime: now - 100,
    recording: media({ size: 200_000 }),
  });
  return appliance;
}

function report(appliance: Appliance): Promise<Asked> {
  return askReport(appliance, { generate_report: 'SupportSession', end_time: now - 900, duration: 0 });
}

describe('a fault in place of the answer', () => {
  it('is a status, with Retry-After in seconds or as a date', async () => {
    await using appliance = await withOneSession();
    appliance.faults.add({ type: 'status', status: 429, retryAfter: 7 });
    appliance.faults.add(
      { type: 'status', status: 503, retryAfter: 'Sun, 22 Nov 2026 12:00:09 GMT' },
      { skip: 1 },
    );
    const [first, second, third] = [
      await report(appliance),
      await report(appliance),
      await report(appliance),
    ];
    assert.deepEqual([first.status, first.headers['retry-after']], [429, '7']);
    assert.deepEqual([second.status, second.headers['retry-after']], [503, 'Sun, 22 Nov 2026 12:00:09 GMT']);
    assert.equal(third.status, 200);
  });

  it('is HTML, JSON, an unknown error, nothing, or any bytes, with status 200', async () => {
    await using appliance = await withOneSession();
    const packed = gzipSync('<error>packed</error>');
    const answerTo = async (fault: Parameters<Appliance['faults']['add']>[0]): Promise<Asked> => {
      appliance.faults.add(fault);
      const answer = await report(appliance);
      assert.equal(answer.status, 200);
      return answer;
    };
    assert.match((await answerTo({ type: 'html' })).text, /^<!DOCTYPE html>/);
    assert.equal(typeof JSON.parse((await answerTo({ type: 'json' })).text), 'object');
    assert.match(
      (await answerTo({ type: 'error', text: 'a <b> & c' })).text,
      /<error >a &lt;b&gt; &amp; c<\/error>/,
    );
    assert.equal((await answerTo({ type: 'empty' })).text, '');
    assert.deepEqual((await answerTo({ type: 'body', body: packed })).body, packed);
  });

  it('is a redirect', async () => {
    await using appliance = await withOneSession();
    appliance.faults.add({ type: 'redirect', to: 'https://elsewhere.example/login' });
    const answer = await report(appliance);
    assert.deepEqual([answer.status, answer.headers.location], [302, 'https://elsewhere.example/login']);
  });

  it('is a reset before any header', async () => {
    await using appliance = await withOneSession();
    appliance.faults.add({ type: 'reset' });
    await assert.rejects(report(appliance), { code: 'ECONNRESET' });
    await appliance.requests.last()?.finished;
    assert.deepEqual([appliance.requests.last()?.status, appliance.requests.last()?.ending], [null, 'cut']);
  });

  it('is silence, until the appliance closes', async () => {
    const appliance = await withOneSession();
    appliance.faults.add({ type: 'stall' });
    const refused = assert.rejects(report(appliance));
    const request = await appliance.requests.nth(1);
    await appliance.close();
    await Promise.all([refused, request.finished]);
    assert.equal(request.ending, 'stalled');
  });
});

describe('a fault in the answer', () => {
  it('is a reset in the middle of the body', async () => {
    await using appliance = await withOneSession();
    const whole = await report(appliance);
    appliance.faults.add({ type: 'reset-body' });
    const answer = await report(appliance);
    assert.equal(answer.complete, false);
    assert.ok(answer.body.length < whole.body.length);
    assert.equal(appliance.requests.last()?.bytes, Math.floor(whole.body.length / 2));
  });

  it('is a body that ends early, and cleanly', async () => {
    await using appliance = await withOneSession();
    const whole = await report(appliance);
    appliance.faults.add({ type: 'truncate', after: 300 });
    const answer = await report(appliance);
    assert.equal(answer.complete, true);
    assert.equal(answer.text, whole.text.slice(0, 300));
  });

  it('is a wrong length', async () => {
    await using appliance = await withOneSession();
    const whole = await report(appliance);
    appliance.faults.add({ type: 'wrong-length', difference: 10 });
    const answer = await report(appliance);
    assert.equal(answer.headers['content-length'], String(whole.body.length + 10));
    assert.equal(answer.complete, false);
  });

  it('is an end that only the end of the connection tells, also too early', async () => {
    await using appliance = await withOneSession();
    const whole = await report(appliance);
    appliance.faults.add({ type: 'close-delimited' });
    const answer = await report(appliance);
    assert.deepEqual(
      [answer.headers['content-length'], answer.headers['transfer-encoding'], answer.headers.connection],
      [undefined, undefined, 'close'],
    );
    assert.deepEqual([answer.body.length, answer.complete], [whole.body.length, true]);
    appliance.faults.add({ type: 'close-delimited' });
    appliance.faults.add({ type: 'truncate', after: 300 });
    const cut = await report(appliance);
    assert.deepEqual([cut.text, cut.complete], [whole.text.slice(0, 300), true]);
  });

  it('is silence after some of it', async () => {
    const appliance = await withOneSession();
    appliance.faults.add({ type: 'stall', after: 100 });
    const message = await begin(appliance, '/api/command?action=get_api_info', {
      headers: signedIn(appliance),
    });
    const [chunk] = await message.take(1).toArray();
    assert.equal((chunk as Buffer).length, 100);
    await appliance.close();
  });

  it('is a drip, a delay, another Date or none', async () => {
    await using appliance = await withOneSession();
    const whole = await askToken(appliance);
    appliance.faults.add({ type: 'drip', bytes: 20, everyMs: 1 });
    appliance.faults.add({ type: 'delay', ms: 1 });
    assert.equal((await askToken(appliance)).body.length, whole.body.length);
    appliance.faults.add({ type: 'date', value: 'Thu, 01 Jan 1970 00:00:00 GMT' });
    assert.equal((await report(appliance)).headers.date, 'Thu, 01 Jan 1970 00:00:00 GMT');
    appliance.faults.add({ type: 'date', value: null });
    assert.equal((await report(appliance)).headers.date, undefined);
  });

  it('is a pause, until a test says go', async () => {
    await using appliance = await withOneSession();
    const go = Promise.withResolvers<void>();
    appliance.faults.add({ type: 'hold', after: 0.5, until: () => go.promise });
    const answer = askReport(appliance, { generate_report: 'SupportSessionRecording', lsid: 's' });
    const request = await appliance.requests.nth(1, { lsid: 's' });
    assert.ok(request.bytes <= 100_000);
    go.resolve();
    assert.equal((await answer).body.length, 200_000);
  });
});

describe('which requests a fault meets', () => {
  it('is said by report, lsid, skip and times, and counted', async () => {
    await using appliance = await withOneSession();
    const rule = appliance.faults.add({ type: 'empty' }, { report: 'SupportSession', skip: 1, times: 2 });
    const lengths: boolean[] = [];
    for (let round = 0; round < 4; round += 1) {
      await askToken(appliance);
      lengths.push((await report(appliance)).body.length > 0);
    }
    assert.deepEqual(lengths, [true, false, false, true]);
    assert.equal(rule.hits, 2);
    appliance.faults.add({ type: 'empty' }, { lsid: 'other', times: Number.POSITIVE_INFINITY });
    assert.notEqual(
      (await askReport(appliance, { generate_report: 'SupportSession', lsids: 's,t' })).text,
      '',
    );
    assert.equal(
      (await askReport(appliance, { generate_report: 'SupportSession', lsids: 's,other' })).text,
      '',
    );
  });
});

describe('a hook', () => {
  it('acts before the answer is made', async () => {
    await using appliance = await withOneSession();
    appliance.before(() => appliance.sessions.edit('s', { externalKey: 'by the hook' }), {
      report: 'SupportSession',
    });
    assert.match((await report(appliance)).text, /by the hook/);
  });

  it('that throws is told when the appliance closes', async () => {
    const appliance = await withOneSession();
    appliance.before(() => {
      throw new Error('hook');
    });
    await assert.rejects(report(appliance));
    await assert.rejects(appliance.close(), { message: 'hook' });
  });
});

describe('the request log', () => {
  it('keeps what was asked and what became of it', async () => {
    await using appliance = await withOneSession();
    await report(appliance);
    const { Authorization } = signedIn(appliance);
    const request = await appliance.requests.nth(1, { api: 'reporting' });
    await request.finished;
    assert.equal(request.method, 'POST');
    assert.equal(request.path, '/api/reporting');
    assert.equal(request.report, 'SupportSession');
    assert.equal(request.parameters.duration, '0');
    assert.equal(request.host, appliance.host);
    assert.equal(`Bearer ${request.bearer}`, Authorization);
    assert.equal(request.at, noon);
    assert.deepEqual([request.status, request.ending], [200, 'complete']);
    assert.ok(request.bytes > 1000);
  });

  it('tells connections apart', async () => {
    await using appliance = await withOneSession();
    await report(appliance);
    await report(appliance);
    const [first, second] = appliance.requests.all();
    assert.notEqual(first?.connection, second?.connection);
  });
});

describe('the rate limit', () => {
  it('answers 429 beyond so many requests in a second of its clock', async () => {
    await using appliance = await withOneSession();
    appliance.general.rateLimit = { perSecond: 2, retryAfter: 'date' };
    const statuses = [await report(appliance), await report(appliance), await report(appliance)];
    assert.deepEqual(
      statuses.map(({ status }) => status),
      [200, 200, 429],
    );
    assert.equal(statuses[2]?.headers['retry-after'], 'Sun, 22 Nov 2026 12:00:01 GMT');
    appliance.clock.advance(1000);
    assert.equal((await report(appliance)).status, 200);
  });
});

describe('other paths', () => {
  it('are not there, unless they were moved', async () => {
    await using appliance = await startAppliance({ paths: { reporting: '/api/reporting.ns' } });
    const headers = signedIn(appliance);
    assert.equal((await ask(appliance, '/api/reporting', { headers, form: {} })).status, 404);
    assert.equal((await ask(appliance, '/api/reporting.ns', { headers, form: {} })).status, 200);
  });
});
