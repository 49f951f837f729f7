import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SessionDelivery } from '../../src/destinations/destination.ts';
import { IcError } from '../../src/platform/errors.ts';
import { makeSessionDelivery } from '../support/deliveries.ts';
import type { MakePlace } from './conformance.ts';
import { copiesOf, deliverOnce, heldLsids, statuses } from './support.ts';

/** What becomes of a batch when something fails, stops or happens at once. */
export function troubleTests(makePlace: MakePlace): void {
  test('a destination that fails says so with an IcError, and takes everything afterwards', async (context) => {
    const place = await makePlace(context);
    const batch = await sessions(5);
    const repair = await place.sabotage();
    await assert.rejects(deliverOnce(place, batch), (error) => {
      assert.ok(error instanceof IcError, String(error));
      assert.ok(['io', 'unreachable', 'refused', 'configuration'].includes(error.code), error.code);
      assert.ok(error.hint, 'the error names a remedy');
      return true;
    });
    await repair();

    await deliverOnce(place, batch);
    assert.deepEqual(await heldLsids(place), ['s0', 's1', 's2', 's3', 's4']);
  });

  for (const position of [0, 3, 9]) {
    test(`a run interrupted at item ${position} of ten loses and doubles nothing`, async (context) => {
      const place = await makePlace(context);
      const batch = await sessions(10);
      const controller = new AbortController();
      const trapped = batch.map((session, index) =>
        index === position ? abortingWhenUsed(session, controller) : session,
      );
      const attempt = await deliverOnce(place, trapped, controller.signal).then(
        () => 'finished' as const,
        (error: unknown) => error,
      );

      assert.ok(controller.signal.aborted, 'the destination looked at the item');
      assert.ok(attempt === 'finished' || attempt === controller.signal.reason, String(attempt));
      if (position === 0) {
        assert.equal(attempt, controller.signal.reason);
        assert.ok(
          (await heldLsids(place)).length < batch.length,
          'what comes after the interruption is left alone',
        );
      }
      for (const outcome of await deliverOnce(place, batch))
        assert.match(outcome.status, /^(stored|unchanged)$/);
      assert.deepEqual(await heldLsids(place), batch.map((session) => session.names.lsid).sort());
    });
  }

  test('nothing is taken once the signal is aborted', async (context) => {
    const place = await makePlace(context);
    const reason = new Error('stopped by the test');
    await assert.rejects(deliverOnce(place, await sessions(3), AbortSignal.abort(reason)), reason);
    assert.deepEqual(await heldLsids(place), []);
  });

  test('two runs that deliver the same at once store it once', async (context) => {
    const place = await makePlace(context);
    const batch = await sessions(20);
    await Promise.all([deliverOnce(place, batch), deliverOnce(place, batch)]);

    assert.deepEqual(await heldLsids(place), batch.map((session) => session.names.lsid).sort());
  });
}

/** One item of a batch cannot be stored. */
export function refusalTests(makePlace: MakePlace): void {
  test('an item that cannot be stored is refused, and the others go on', async (context) => {
    const place = await makePlace(context);
    assert.ok(place.unstorable, 'it names an item that it cannot store, or lacks refusals');
    const unstorable = await place.unstorable();
    const [first, second] = await sessions(2);
    assert.ok(first && second);
    const outcomes = await deliverOnce(place, [first, unstorable, second]);

    assert.deepEqual(statuses(outcomes), ['stored', 'refused', 'stored']);
    assert.ok(outcomes[1]?.error instanceof IcError);
    assert.equal(outcomes[1]?.bytes, 0);
    assert.equal((await copiesOf(place, 's0')).length, 1);
    assert.equal((await copiesOf(place, 's1')).length, 1);
  });
}

function sessions(count: number): Promise<SessionDelivery[]> {
  return Promise.all(Array.from({ length: count }, (_, index) => makeSessionDelivery({ lsid: `s${index}` })));
}

/** The same delivery; whoever reads its content finds the run interrupted from then on. */
function abortingWhenUsed(delivery: SessionDelivery, controller: AbortController): SessionDelivery {
  return new Proxy(delivery, {
    get(target, property) {
      if (['record', 'raw', 'document', 'contentHash', 'hasContent'].includes(String(property)))
        controller.abort();
      return Reflect.get(target, property);
    },
  });
}
