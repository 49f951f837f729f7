import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makePresentationDelivery } from '../support/deliveries.ts';
import type { MakePlace, Traits } from './conformance.ts';
import { deliverOnce, statuses } from './support.ts';

/** Presentations keep the promises of sessions. */
export function presentationTests(traits: Traits, makePlace: MakePlace): void {
  test('presentations are stored once, and updated', async (context) => {
    const place = await makePlace(context);
    const first = await makePresentationDelivery({ lsid: 'p1', chat: 'Quarterly review' });
    const second = await makePresentationDelivery({ lsid: 'p2', chat: 'Training 👩‍🏫' });

    assert.deepEqual(statuses(await deliverOnce(place, [first, second])), ['stored', 'stored']);
    const signedAnew = await makePresentationDelivery({
      lsid: 'p1',
      chat: 'Quarterly review',
      signature: 'other',
    });
    assert.deepEqual(statuses(await deliverOnce(place, [signedAnew, second])), ['unchanged', 'unchanged']);

    const edited = await makePresentationDelivery({ lsid: 'p1', chat: 'Yearly review' });
    const [outcome] = await deliverOnce(place, [edited]);
    assert.equal(outcome?.status, traits.onUpdate === 'skips' ? 'skipped' : 'updated');
    const held = await place.held('presentations');
    assert.equal(held.filter(({ lsid }) => lsid === 'p1').length, traits.onUpdate === 'adds' ? 2 : 1);
    assert.ok(held.some(({ text }) => text.includes('Training 👩‍🏫')));
  });
}
