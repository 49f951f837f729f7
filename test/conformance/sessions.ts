import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeSessionDelivery, sampleTime } from '../support/deliveries.ts';
import type { MakePlace, Traits } from './conformance.ts';
import { copiesOf, deliverOnce, heldLsids, statuses, withDestination } from './support.ts';

/** What becomes of a session that is delivered, again and changed. */
export function sessionTests(traits: Traits, makePlace: MakePlace): void {
  test('an empty batch has no outcomes', async (context) => {
    assert.deepEqual(await deliverOnce(await makePlace(context), []), []);
  });

  test('a session is stored, and says where', async (context) => {
    const place = await makePlace(context);
    const [outcome] = await deliverOnce(place, [
      await makeSessionDelivery({ lsid: 'a1', chat: 'Hello there' }),
    ]);

    assert.equal(outcome?.status, 'stored');
    assert.ok((outcome?.bytes ?? 0) > 0);
    assert.ok(outcome?.location);
    assert.equal(outcome?.error, null);
    const [held] = await copiesOf(place, 'a1');
    assert.ok(held?.text.includes('Hello there'));
  });

  test('the same session again stores nothing, in the same run and in the next', async (context) => {
    const place = await makePlace(context);
    const batch = await Promise.all(['a1', 'a2', 'a3'].map((lsid) => makeSessionDelivery({ lsid })));

    await withDestination(place, async (destination) => {
      await destination.deliver(batch, AbortSignal.timeout(60_000));
      const again = await destination.deliver(batch, AbortSignal.timeout(60_000));
      assert.deepEqual(statuses(again), ['unchanged', 'unchanged', 'unchanged']);
      assert.deepEqual(new Set(again.map((outcome) => outcome.bytes)), new Set([0]));
    });
    assert.deepEqual(statuses(await deliverOnce(place, batch)), ['unchanged', 'unchanged', 'unchanged']);
    assert.deepEqual(await heldLsids(place), ['a1', 'a2', 'a3']);
  });

  test('one session twice in one batch is stored once', async (context) => {
    const place = await makePlace(context);
    const session = await makeSessionDelivery({ lsid: 'a1' });

    assert.deepEqual(statuses(await deliverOnce(place, [session, session])), ['stored', 'unchanged']);
    assert.deepEqual(await heldLsids(place), ['a1']);
  });

  test('links that are signed anew are no change', async (context) => {
    const place = await makePlace(context);
    await deliverOnce(place, [await makeSessionDelivery({ lsid: 'a1', signature: 'first' })]);
    const again = await makeSessionDelivery({ lsid: 'a1', signature: 'second' });

    assert.deepEqual(statuses(await deliverOnce(place, [again])), ['unchanged']);
    assert.equal((await copiesOf(place, 'a1')).length, 1);
  });

  test('changed content is an update, once', async (context) => {
    const place = await makePlace(context);
    await deliverOnce(place, [await makeSessionDelivery({ lsid: 'a1', chat: 'before' })]);
    const changed = await makeSessionDelivery({ lsid: 'a1', chat: 'afterwards' });
    const [outcome] = await deliverOnce(place, [changed]);

    const expected = { replaces: ['updated', 1], adds: ['updated', 2], skips: ['skipped', 1] } as const;
    assert.equal(outcome?.status, expected[traits.onUpdate][0]);
    const copies = await copiesOf(place, 'a1');
    assert.equal(copies.length, expected[traits.onUpdate][1]);
    assert.equal(
      copies.some(({ text }) => text.includes('afterwards')),
      traits.onUpdate !== 'skips',
    );
    assert.equal(
      copies.some(({ text }) => text.includes('before')),
      traits.onUpdate !== 'replaces',
    );
    if (traits.onUpdate === 'skips') return;
    assert.deepEqual(statuses(await deliverOnce(place, [changed])), ['unchanged']);
    assert.equal((await copiesOf(place, 'a1')).length, copies.length);
  });

  test('a session delivered without an end may end later', async (context) => {
    const place = await makePlace(context);
    await deliverOnce(place, [await makeSessionDelivery({ lsid: 'a1', endTime: null })]);
    const [outcome] = await deliverOnce(place, [
      await makeSessionDelivery({ lsid: 'a1', endTime: sampleTime + 9 }),
    ]);

    assert.equal(outcome?.status, traits.onUpdate === 'skips' ? 'skipped' : 'updated');
  });

  test('outcomes come in the order of the batch', async (context) => {
    const place = await makePlace(context);
    const known = await makeSessionDelivery({ lsid: 'known' });
    const edited = await makeSessionDelivery({ lsid: 'edited', chat: 'new text' });
    await deliverOnce(place, [known, await makeSessionDelivery({ lsid: 'edited', chat: 'old text' })]);
    const fresh = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        makeSessionDelivery({ lsid: `new${index}`, padding: (20 - index) * 9000 }),
      ),
    );

    const outcomes = await deliverOnce(place, [...fresh.slice(0, 10), known, edited, ...fresh.slice(10)]);
    const update = traits.onUpdate === 'skips' ? 'skipped' : 'updated';
    const stored = Array.from({ length: 10 }, () => 'stored');
    assert.deepEqual(statuses(outcomes), [...stored, 'unchanged', update, ...stored]);
  });

  test('letters of every script come back as they were', async (context) => {
    const place = await makePlace(context);
    const chat = 'Zoë Müller, Łódź; Привет; 你好; שלום; e\u0301 and \u00e9; 👩‍💻 🇩🇪 𝒳';
    await deliverOnce(place, [await makeSessionDelivery({ lsid: 'a1', chat, customer: '山田太郎 😀' })]);

    const [held] = await copiesOf(place, 'a1');
    assert.ok(held?.text.includes(chat), held?.text ?? 'nothing is held');
    assert.ok(held?.text.includes('山田太郎 😀'));
  });

  test('a huge session is stored whole', async (context) => {
    const place = await makePlace(context);
    const huge = await makeSessionDelivery({ lsid: 'huge', padding: traits.hugeBytes ?? 20_000_000 });
    const small = await makeSessionDelivery({ lsid: 'small' });

    assert.deepEqual(statuses(await deliverOnce(place, [small, huge])), ['stored', 'stored']);
    const [held] = await copiesOf(place, 'huge');
    const fillers = held?.text.split('All work and no play').length ?? 0;
    assert.ok(fillers * 43 >= (traits.hugeBytes ?? 20_000_000), `${fillers} fillers`);
    assert.deepEqual(statuses(await deliverOnce(place, [huge])), ['unchanged']);
  });
}
