import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Comparison, Position } from '../../src/destinations/destination.ts';
import { claimUntil, makeSessionDelivery, sampleTime } from '../support/deliveries.ts';
import type { MakePlace, Names, Place } from './conformance.ts';
import { calm, withDestination } from './support.ts';

/** How a destination that keeps records of its own is known again, and keeps them under new names. */
export function identityTests(makePlace: MakePlace): void {
  test('a place is known again by where its records ended, however many have come since', async (context) => {
    const place = await makePlace(context);
    const first = await deliverTo(place, 'a1');
    const second = await deliverTo(place, 'a2');
    assert.deepEqual([await compare(place, first), await compare(place, second)], ['same', 'same']);
    assert.ok(second.sequence > first.sequence);
    await withDestination(
      place,
      async (other) => {
        await other.deliver([await makeSessionDelivery({ lsid: 'a3' })], calm);
      },
      { transfer: 'another' },
    );
    assert.equal(await compare(place, second), 'same');
  });

  test('what changes nothing leaves its position', async (context) => {
    const place = await makePlace(context);
    const first = await deliverTo(place, 'a1');
    await withDestination(place, async (destination) => {
      await destination.deliver([await makeSessionDelivery({ lsid: 'a1' })], calm);
    });
    assert.equal(await compare(place, first), 'same');
  });

  test('a place that holds less than was known is behind', async (context) => {
    const place = await makePlace(context);
    const { sequence, ...rest } = await deliverTo(place, 'a1');
    assert.equal(await compare(place, { ...rest, sequence: sequence + 5 }), 'behind');
  });

  test('another place is another, an untouched one is empty, and is left so', async (context) => {
    const place = await makePlace(context);
    const known = await deliverTo(place, 'a1');
    const other = await makePlace(context);
    assert.deepEqual([await compare(other, known), await compare(other, null)], ['empty', 'empty']);
    await deliverTo(other, 'a1');
    assert.equal(await compare(other, known), 'other');
    assert.equal(await compare(other, null), 'same');
    assert.equal(await compare(other, null, { site: 'another' }), 'empty');
  });

  test('after a renaming its records are those of the new names', async (context) => {
    const place = await makePlace(context);
    await deliverTo(place, 'a1', { transfer: 'before', site: 'old' });
    const known = await withDestination(
      place,
      async (destination) => {
        await destination.advance('sessions', claimUntil(sampleTime), calm);
        return destination.position('sessions') as Position;
      },
      { transfer: 'before', site: 'old' },
    );
    const names = { transfer: 'after', site: 'new' };
    assert.equal(await compare(place, known, names), 'same', 'before the renaming is recorded');
    await withDestination(
      place,
      async (destination) => {
        const renaming = { transfer: { from: 'before', to: 'after' }, site: { from: 'old', to: 'new' } };
        await destination.rename(renaming, calm);
        await destination.rename(renaming, calm);
        await destination.deliver([await makeSessionDelivery({ lsid: 'a2', site: 'new' })], calm);
      },
      names,
    );
    assert.equal(await compare(place, known, names), 'same');
    await withDestination(
      place,
      async (destination) => {
        const recovery = await destination.recover('sessions', calm);
        const entries = await Array.fromAsync(recovery?.entries ?? []);
        assert.deepEqual(recovery?.claim, claimUntil(sampleTime));
        assert.deepEqual(entries.map(({ lsid }) => lsid).sort(), ['a1', 'a2']);
      },
      names,
    );
  });
}

function deliverTo(place: Place, lsid: string, names: Names = {}): Promise<Position> {
  return withDestination(
    place,
    async (destination) => {
      await destination.deliver([await makeSessionDelivery({ lsid, site: names.site ?? 'hq' })], calm);
      const position = destination.position('sessions');
      assert.ok(position);
      return position;
    },
    names,
  );
}

async function compare(
  place: Place,
  known: Position | null,
  names: Names = {},
): Promise<Comparison['found'] | undefined> {
  const destination = place.connect(names);
  try {
    return (await destination.compare('sessions', known, calm))?.found;
  } finally {
    await destination.close();
  }
}
