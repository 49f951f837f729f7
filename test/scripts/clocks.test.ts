import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { lsidFor } from '../appliance/specimens.ts';
import { hour, type Installation, install, minute } from '../support/installation.ts';
import { assertArchived, assertFlows } from '../support/oracle.ts';

/** No overlap and no sweep: nothing makes good what a window has passed by. */
const strict = 'overlap = 0\nsweep = 0';

describe('the appliance’s clock', { concurrency: 2 }, () => {
  for (const [name, offset] of [
    ['an hour ahead', hour],
    ['an hour behind', -hour],
  ] as const) {
    test(`${name} is the one that windows follow`, async (t) => {
      const { appliance, archive, pull } = await install(t, {
        appliance: { clock: { now: Date.now() + offset * 1000 } },
        transfer: strict,
      });
      for (let round = 0; round < 3; round += 1) {
        const now = appliance.clock.seconds();
        appliance.sessions.add({ startTime: now - 20 * minute, endTime: now - 2 * minute });
        const pulled = await pull();
        assert.deepEqual([pulled.code, pulled.sessions.delivered], [0, 1], pulled.stderr);
        const difference = pulled.transfer.clock_difference_s;
        assert.ok(Math.abs(difference - offset - round * 10 * minute) < 20, `${difference} s`);
        const watermark = Date.parse(pulled.transfer.watermark) / 1000;
        assert.ok(watermark >= now - minute && watermark <= appliance.clock.seconds() - minute);
        appliance.clock.advance(10 * minute * 1000);
      }
      await assertArchived(appliance, archive);
    });
  }

  test('set back by two hours loses and repeats nothing', async (t) => {
    const installation = await install(t);
    const { appliance, archive, pull } = installation;
    const now = appliance.clock.seconds();
    appliance.sessions.add({ startTime: now - 40 * minute, endTime: now - 30 * minute });
    const first = await pull();
    appliance.clock.advance(-2 * hour * 1000);
    const repeated = appliance.clock.seconds();
    appliance.sessions.add({ startTime: repeated - 20 * minute, endTime: repeated - 10 * minute });
    const second = await pull();
    assert.deepEqual([second.code, second.sessions.delivered], [0, 1], second.stderr);
    assert.equal(second.transfer.watermark, first.transfer.watermark, 'a watermark never goes back');
    appliance.clock.advance(3 * hour * 1000);
    assert.equal((await pull()).sessions.delivered, 0);
    await assertArchived(appliance, archive);
    await assertFlows(installation);
  });
});

describe('fifty sessions that end in one second', { concurrency: 2 }, () => {
  const now = Date.parse('2026-11-22T12:00:00Z');
  const edge = Date.parse('2026-11-18T00:00:00Z') / 1000;
  for (const upperEnd of ['exclusive', 'inclusive'] as const) {
    test(`on the edge of a slice, whose end is ${upperEnd}`, async (t) => {
      const installation = await install(t, {
        appliance: { clock: { now, frozen: true }, reports: { upperEnd, order: 'shuffled' } },
        transfer: `start = 2026-11-17\n${strict}`,
      });
      addFifty(installation, edge, null);
      const { appliance, archive, pull } = installation;
      const pulled = await pull();
      const edges = appliance.requests.all({ where: ({ parameters }) => parameters.end_time === `${edge}` });
      assert.equal(edges.length, 1, 'a slice begins in that very second');
      assert.deepEqual([pulled.code, pulled.sessions.delivered], [0, 50], pulled.stderr);
      await assertArchived(appliance, archive);
    });

    test(`on the end of a window, whose end is ${upperEnd}, and half of them show later`, async (t) => {
      const installation = await install(t, {
        appliance: { clock: { now, frozen: true }, reports: { upperEnd } },
        transfer: 'settle = 1m',
      });
      const endTime = now / 1000 - minute;
      addFifty(installation, endTime, endTime + 5 * minute);
      const { appliance, archive, pull } = installation;
      assert.equal((await pull()).code, 0);
      appliance.clock.advance(10 * minute * 1000);
      assert.equal((await pull()).code, 0);
      await assertArchived(appliance, archive);
      assert.equal((await pull()).sessions.delivered, 0);
    });
  }
});

function addFifty({ appliance }: Installation, endTime: number, halfVisibleFrom: number | null): void {
  for (let index = 0; index < 50; index += 1) {
    appliance.sessions.add({
      lsid: lsidFor(`tie ${index}`),
      // LSEQ is not unique, whatever its name says.
      lseq: '4711',
      startTime: endTime - minute - index,
      endTime,
      visibleFrom: index % 2 === 0 ? null : halfVisibleFrom,
    });
  }
}
