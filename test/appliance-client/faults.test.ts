import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { createAppliance } from '../../src/appliance/client.ts';
import type { IcError } from '../../src/platform/errors.ts';
import type { Fault } from '../appliance/faults.ts';
import { forEver, quickClock, setUp, siteOf, textOf } from './support.ts';

const now = Date.parse('2026-11-22T12:00:00Z');
const seconds = now / 1000;
const query = { report: 'SupportSession', endTime: seconds - 3600, duration: 3600 } as const;
const theReport = { report: 'SupportSession' } as const;

const passing: readonly (readonly [string, Fault])[] = [
  ['a status 429', { type: 'status', status: 429 }],
  ['a status 500', { type: 'status', status: 500 }],
  ['a status 502', { type: 'status', status: 502 }],
  ['a status 503', { type: 'status', status: 503 }],
  ['a status 504', { type: 'status', status: 504 }],
  ['a reset', { type: 'reset' }],
  ['a reset after the headers', { type: 'reset-body', after: 0 }],
];

for (const [name, fault] of passing) {
  test(`${name} is made good by asking again, with growing pauses`, async () => {
    await using setup = await setUp({ clock: { now, frozen: true } });
    setup.simulated.faults.add(fault, { ...theReport, times: 3 });

    const report = await setup.appliance.openReport(query, forEver);

    assert.match(await textOf(report.bytes), /matching your chosen criteria/);
    assert.deepEqual(setup.clock.pauses, [500, 1000, 2000]);
    assert.equal(setup.appliance.retries(), 3);
  });

  test(`${name} that does not pass is unreachable once the retries are used up`, async () => {
    await using setup = await setUp({ clock: { now, frozen: true } }, { retries: 2 });
    const rule = setup.simulated.faults.add(fault, { ...theReport, times: 99 });

    await assert.rejects(setup.appliance.openReport(query, forEver), { code: 'unreachable' });

    assert.equal(rule.hits, 3);
  });
}

test('silence is given up, asked again, and unreachable in the end', async () => {
  await using setup = await setUp({ clock: { now, frozen: true } }, { timeout: 0.1, retries: 1 });
  const rule = setup.simulated.faults.add({ type: 'stall' }, { ...theReport, times: 99 });

  await assert.rejects(setup.appliance.openReport(query, forEver), (error: IcError) => {
    assert.equal(error.code, 'unreachable');
    assert.match(error.message, /no answer for 0\.1 s/);
    return true;
  });
  assert.equal(rule.hits, 2);
});

test('a slow appliance that keeps on talking is listened to', async () => {
  await using setup = await setUp({ clock: { now, frozen: true } }, { timeout: 1 });
  setup.simulated.faults.add({ type: 'drip', bytes: 40, everyMs: 300 }, theReport);

  const report = await setup.appliance.openReport(query, forEver);

  assert.match(await textOf(report.bytes), /<\/error>\s*$/);
});

for (const [name, fault] of [
  ['a reset', { type: 'reset-body', after: 100_000 }],
  ['silence', { type: 'stall', after: 100_000 }],
] as const) {
  test(`${name} in the middle of a report is the reader's to deal with`, async () => {
    await using setup = await setUp({ clock: { now, frozen: true } }, { timeout: 0.3 });
    for (let index = 0; index < 500; index += 1) {
      setup.simulated.sessions.add({ startTime: seconds - 900, endTime: seconds - 300 - index });
    }
    const rule = setup.simulated.faults.add(fault, theReport);

    const report = await setup.appliance.openReport(query, forEver);
    await assert.rejects(textOf(report.bytes), { code: 'unreachable' });

    assert.equal(rule.hits, 1);
    assert.equal(setup.appliance.retries(), 0);
  });
}

test('Retry-After is honoured, in seconds, as a date of the appliance, and within bounds', async () => {
  await using setup = await setUp({ clock: { now, frozen: true } });
  const until = new Date(now + 40_000).toUTCString();
  for (const [skip, retryAfter] of [7, until, 86_400].entries()) {
    setup.simulated.faults.add({ type: 'status', status: 503, retryAfter }, { ...theReport, skip, times: 1 });
  }

  await setup.appliance.openReport(query, forEver);

  assert.deepEqual(setup.clock.pauses, [7000, 40_000, 120_000]);
});

const misunderstood: readonly (readonly [string, Fault, IcError['code'], RegExp])[] = [
  ['a page', { type: 'html', title: 'Sign in' }, 'not-understood', /an HTML page: "Sign in"/],
  [
    'a page that says Document Not Found',
    { type: 'html', title: 'Document Not Found' },
    'refused',
    /Document/,
  ],
  ['JSON', { type: 'json' }, 'not-understood', /JSON: "Something else/],
  ['nothing', { type: 'empty' }, 'not-understood', /with nothing/],
  ['a text', { type: 'body', body: 'Out of order' }, 'not-understood', /a text: "Out of order"/],
  ['a status 404', { type: 'status', status: 404 }, 'refused', /404/],
  ['a status 403', { type: 'status', status: 403 }, 'refused', /403/],
  [
    'a status 400',
    { type: 'status', status: 400, body: 'Bad' },
    'not-understood',
    /status 400 and a text of 3 bytes/,
  ],
  ['a redirect', { type: 'redirect', to: '/login?token=x' }, 'not-understood', /redirect to \/login,/],
  ['gzip', { type: 'body', body: Buffer.from([31, 139, 8, 0, 0]) }, 'not-understood', /binary data/],
];

for (const [name, fault, code, message] of misunderstood) {
  test(`${name} in place of a report is ${code}, and asked for once`, async () => {
    await using setup = await setUp({ clock: { now, frozen: true } });
    const rule = setup.simulated.faults.add(fault, { ...theReport, times: 99 });

    await assert.rejects(setup.appliance.openReport(query, forEver), { code, message });

    assert.equal(rule.hits, 1);
  });
}

test('secrets and links in a text of the appliance are not shown', async () => {
  await using setup = await setUp({ clock: { now, frozen: true } });
  const body = `no ${setup.simulated.clientSecret} at https://support.example.com/session_download?h=abc`;
  setup.simulated.faults.add({ type: 'body', body }, theReport);

  await assert.rejects(setup.appliance.openReport(query, forEver), (error: IcError) => {
    assert.match(error.message, /"no \*\*\* at \[link\]"/);
    return true;
  });
});

test('a refused connection is unreachable after the retries', async () => {
  await using setup = await setUp();
  const port = await closedPort();
  const clock = quickClock();
  const site = siteOf(setup.simulated, { host: `127.0.0.1:${port}`, retries: 2 });
  const appliance = createAppliance(site, { clock, env: {}, random: () => 0 });

  await assert.rejects(appliance.openReport(query, forEver), {
    code: 'unreachable',
    message: /connection was refused/,
  });
  assert.deepEqual(clock.pauses, [250, 500]);
});

test('an abort ends a request that is under way, with the reason of the abort', async () => {
  await using setup = await setUp();
  const controller = new AbortController();
  setup.simulated.faults.add({ type: 'stall' }, theReport);
  const report = setup.appliance.openReport(query, controller.signal);
  const asked = await setup.simulated.requests.nth(1, theReport);

  controller.abort(new Error('enough'));

  await assert.rejects(report, /enough/);
  await asked.finished;
});

test('an abort ends a report that is being read', async () => {
  await using setup = await setUp();
  const controller = new AbortController();
  setup.simulated.faults.add({ type: 'stall', after: 300 }, theReport);
  setup.simulated.sessions.add({ startTime: Date.now() / 1000 - 900, endTime: Date.now() / 1000 - 300 });
  const start = Math.floor(Date.now() / 1000) - 3600;
  const report = await setup.appliance.openReport(
    { report: 'SupportSession', endTime: start, duration: 3600 },
    controller.signal,
  );
  const read = textOf(report.bytes);

  controller.abort(new Error('enough'));

  await assert.rejects(read, /enough/);
});

async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}
