import assert from 'node:assert/strict';
import { test } from 'node:test';
import { forEver, setUp } from './support.ts';

const now = Date.parse('2026-11-22T12:00:00Z');
const query = { report: 'SupportSession', lsids: ['abc'] } as const;
const userAccount = {
  credentials: { type: 'user-account', username: 'ic', password: 'secret' },
} as const;

test("the time is the appliance's, and goes on with what passes here", async () => {
  await using setup = await setUp({ clock: { now, frozen: true } });
  assert.equal(setup.appliance.clockDifference(), null);
  await setup.appliance.openReport(query, forEver);

  const first = await setup.appliance.now(forEver);
  await setup.clock.sleep(90_000);
  const later = await setup.appliance.now(forEver);

  assert.ok(first >= now / 1000 && first < now / 1000 + 30, `${first}`);
  assert.ok(later - first >= 90 && later - first < 120);
});

test('the answer to the sign-in tells the time, without a request of its own', async () => {
  await using setup = await setUp({ clock: { now, frozen: true } });
  const time = await setup.appliance.now(forEver);
  assert.ok(Math.abs(time - now / 1000) < 30);
  const asked = setup.simulated.requests.all().map(({ api }) => api);
  assert.deepEqual(asked, ['token']);
});

test('an unhealthy appliance tells the time all the same', async () => {
  await using setup = await setUp({ clock: { now, frozen: true }, health: { healthy: false } }, userAccount);
  assert.ok(Math.abs((await setup.appliance.now(forEver)) - now / 1000) < 30);
});

for (const [name, value] of [
  ['no Date at all', null],
  ['a Date of 1970', 'Thu, 01 Jan 1970 00:00:10 GMT'],
  ['a Date of the far future', 'Fri, 01 Jan 2100 00:00:10 GMT'],
  ['a Date that is none', 'yesterday'],
] as const) {
  test(`with ${name} in the answers, the command API tells the time`, async () => {
    await using setup = await setUp({ clock: { now, frozen: true } });
    setup.simulated.faults.add({ type: 'date', value }, { times: 99 });
    assert.ok(Math.abs((await setup.appliance.now(forEver)) - now / 1000) < 30);
    assert.equal(setup.simulated.requests.last()?.parameters.action, 'get_api_info');
  });
}

test('an appliance that tells no time in any way is not understood', async () => {
  await using setup = await setUp({ clock: { now, frozen: true } });
  setup.simulated.faults.add({ type: 'date', value: null }, { times: 99 });
  setup.simulated.faults.add({ type: 'error', text: 'Unknown action.' }, { api: 'command' });
  await assert.rejects(setup.appliance.now(forEver), {
    code: 'not-understood',
    message: /does not tell its time/,
  });
});

test('the Date of a gateway that could not reach the appliance counts for nothing', async () => {
  await using setup = await setUp({ clock: { now, frozen: true } });
  await setup.appliance.openReport(query, forEver);
  const matches = { api: 'reporting' } as const;
  setup.simulated.faults.add({ type: 'status', status: 502 }, { ...matches, times: 99 });
  setup.simulated.faults.add(
    { type: 'date', value: 'Sun, 22 Nov 2026 18:00:00 GMT' },
    { ...matches, times: 99 },
  );
  await assert.rejects(setup.appliance.openReport(query, forEver), { code: 'unreachable' });
  assert.ok((await setup.appliance.now(forEver)) < now / 1000 + 600);
});

for (const hours of [-1, 1]) {
  test(`a clock ${hours} h off is followed, and the difference told`, async () => {
    await using setup = await setUp({ clock: { now: Date.now() + hours * 3_600_000 } });
    const report = await setup.appliance.openReport(query, forEver);
    assert.ok(report.requestedAt <= setup.simulated.clock.seconds());
    assert.ok(report.requestedAt > setup.simulated.clock.seconds() - 60);
    const difference = setup.appliance.clockDifference() ?? 0;
    assert.ok(Math.abs(difference - hours * 3600) < 30, `${difference}`);
  });
}

test('a report is never dated later than it was asked for, though it takes long', async () => {
  await using setup = await setUp({ clock: { now, frozen: true } });
  const before = await setup.appliance.now(forEver);
  setup.simulated.before(() => setup.simulated.clock.advance(600_000), { api: 'reporting' });
  const report = await setup.appliance.openReport(query, forEver);
  assert.ok(report.requestedAt - before < 30);
  assert.ok((await setup.appliance.now(forEver)) - before >= 600);
});

test('a clock that was set back since it was last seen dates the report anew', async () => {
  await using setup = await setUp({ clock: { now, frozen: true } });
  await setup.appliance.now(forEver);
  setup.simulated.clock.advance(-1_800_000);
  const report = await setup.appliance.openReport(query, forEver);
  assert.ok(report.requestedAt <= setup.simulated.clock.seconds());
});
