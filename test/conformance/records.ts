import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RecoveredEntry } from '../../src/destinations/destination.ts';
import { claimUntil, makeSessionDelivery, sampleTime } from '../support/deliveries.ts';
import type { MakePlace, Traits } from './conformance.ts';
import { calm, deliverOnce, heldLsids, withDestination } from './support.ts';

/** What a destination says of itself: capabilities, checks, records of its own. */
export function recordsTests(traits: Traits, makePlace: MakePlace): void {
  test('its capabilities name what it holds', async (context) => {
    const { capabilities } = (await makePlace(context)).connect();
    assert.deepEqual([...capabilities.kinds].sort(), [...traits.kinds].sort());
    assert.equal(capabilities.keepsRecords, !(traits.lacks ?? []).includes('records'));
    assert.ok(capabilities.batch.items >= 1);
    assert.ok(capabilities.batch.bytes >= 1);
  });

  test('a check finds nothing wrong, and leaves nothing', async (context) => {
    const place = await makePlace(context);
    const destination = place.connect();
    const results = await Array.fromAsync(destination.check(calm));
    await destination.close();

    assert.ok(results.length > 0);
    assert.deepEqual(
      results.filter((result) => !result.ok),
      [],
    );
    assert.deepEqual(await heldLsids(place), []);
  });

  test('a check of a broken place says what is wrong', async (context) => {
    const place = await makePlace(context);
    const repair = await place.sabotage();
    const destination = place.connect();
    const results = await Array.fromAsync(destination.check(calm));
    await destination.close();
    await repair();

    assert.ok(results.some((result) => !result.ok && result.error && result.hint));
  });

  test('an untouched place has nothing to recover', async (context) => {
    await withDestination(await makePlace(context), async (destination) => {
      const recovery = await destination.recover('sessions', calm);
      assert.equal(recovery?.claim ?? null, null);
      assert.deepEqual(recovery === null ? [] : await Array.fromAsync(recovery.entries), []);
    });
  });
}

/** What a destination that keeps records says of what was delivered. */
export function recoveryTests(traits: Traits, makePlace: MakePlace): void {
  test('what it recovers is what was delivered', async (context) => {
    const place = await makePlace(context);
    const sessions = await Promise.all(['a1', 'a2'].map((lsid) => makeSessionDelivery({ lsid })));
    await deliverOnce(place, sessions);
    const changed = await makeSessionDelivery({ lsid: 'a1', chat: 'new text' });
    if (traits.onUpdate !== 'skips') await deliverOnce(place, [changed]);
    await withDestination(place, (destination) =>
      destination.advance('sessions', claimUntil(sampleTime + 700), calm),
    );

    await withDestination(place, async (destination) => {
      const recovery = await destination.recover('sessions', calm);
      assert.ok(recovery, 'it keeps records of its own, or lacks them');
      const entries = byItem(await Array.fromAsync(recovery.entries));
      assert.equal(recovery.claim?.until, sampleTime + 700);
      assert.deepEqual([...entries.keys()].sort(), ['a1', 'a2']);
      assert.equal(entries.get('a2')?.contentHash, sessions[1]?.contentHash);
      assert.equal(entries.get('a2')?.time, sampleTime + 600);
      if (traits.onUpdate !== 'skips') assert.equal(entries.get('a1')?.contentHash, changed.contentHash);
    });
  });

  test('what it holds is found item by item, before it is opened too, and nothing else', async (context) => {
    const place = await makePlace(context);
    const sessions = await Promise.all(['a1', 'a2'].map((lsid) => makeSessionDelivery({ lsid })));
    await deliverOnce(place, sessions);
    const wanted = ['a2', 'a3', 'a1'].map((lsid) => ({ lsid, instance: null }));
    const destination = place.connect();
    try {
      const held = await destination.held('sessions', wanted, calm);
      if (!destination.capabilities.keepsRecords) {
        assert.deepEqual(held, [null, null, null]);
        return;
      }
      assert.deepEqual(
        held.map((item) => item?.contentHash ?? null),
        [sessions[1]?.contentHash, null, sessions[0]?.contentHash],
      );
      assert.deepEqual(await destination.held('sessions', [], calm), []);
      assert.deepEqual(await destination.held('presentations', wanted, calm), [null, null, null]);
    } finally {
      await destination.close();
    }
  });

  test('a claim is given back as it was made last, also when it is less than before', async (context) => {
    const place = await makePlace(context);
    await withDestination(place, async (destination) => {
      assert.equal(await destination.recorded('sessions', calm), null);
      for (const claim of [
        { since: sampleTime - 5000, until: sampleTime },
        { since: sampleTime - 5000, until: sampleTime - 60 },
        { since: sampleTime - 9000, until: sampleTime - 60 },
      ]) {
        await destination.advance('sessions', claim, calm);
        assert.deepEqual(await destination.recorded('sessions', calm), claim);
        assert.deepEqual((await destination.recover('sessions', calm))?.claim, claim);
      }
    });
  });

  test('a claim is that of one transfer, site and kind', async (context) => {
    const place = await makePlace(context);
    await withDestination(place, async (destination) => {
      await destination.advance('sessions', claimUntil(sampleTime), calm);
      assert.equal(await destination.recorded('presentations', calm), null);
    });
    for (const names of [{ transfer: 'another' }, { site: 'another' }]) {
      const claim = await withDestination(place, (other) => other.recorded('sessions', calm), names);
      assert.equal(claim, null);
    }
  });
}

function byItem(entries: readonly RecoveredEntry[]): ReadonlyMap<string, RecoveredEntry> {
  const byLsid = new Map(entries.map((entry) => [entry.lsid ?? '', entry]));
  assert.equal(byLsid.size, entries.length, 'each item comes once');
  return byLsid;
}
