import assert from 'node:assert/strict';
import { test } from 'node:test';
import { forEver, setUp, textOf } from './support.ts';

const now = Date.parse('2026-11-22T12:00:00Z');
const anyWindow = { report: 'SupportSession', endTime: now / 1000 - 3600, duration: 3600 } as const;

test('a report comes as the appliance sends it, asked for by form with a token', async () => {
  await using setup = await setUp({ clock: { now, frozen: true } });
  const { simulated, appliance } = setup;
  const { lsid } = simulated.sessions.add({ startTime: now / 1000 - 900, endTime: now / 1000 - 300 });

  const report = await appliance.openReport(anyWindow, forEver);

  assert.match(await textOf(report.bytes), new RegExp(`lsid="${lsid}"`));
  const request = simulated.requests.last({ report: 'SupportSession' });
  assert.equal(request?.method, 'POST');
  assert.equal(request?.target, '/api/reporting');
  assert.deepEqual(request?.parameters, {
    generate_report: 'SupportSession',
    end_time: String(anyWindow.endTime),
    duration: '3600',
  });
  assert.equal(request?.headers['accept-language'], 'en');
  assert.equal(request?.headers.cookie, undefined);
});

test('blanks without an end are no report, and are not read on', async () => {
  await using setup = await setUp({ clock: { now, frozen: true } });
  const when = { report: 'SupportSession' } as const;
  setup.simulated.faults.add({ type: 'body', body: Buffer.alloc(2_000_000, ' ') }, when);
  setup.simulated.faults.add({ type: 'stall', after: 1_000_000 }, when);
  await assert.rejects(setup.appliance.openReport(anyWindow, forEver), {
    code: 'not-understood',
    message: /with white space/,
  });
});
