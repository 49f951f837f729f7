import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FileDelivery } from '../../src/destinations/destination.ts';
import type { FileKind, Kind } from '../../src/platform/kinds.ts';
import { makeFileDelivery } from '../support/deliveries.ts';
import type { MakePlace, Place, Traits } from './conformance.ts';
import { calm, statuses, withDestination } from './support.ts';

/** Recordings and backups: for each kind of file that the destination holds. */
export function fileTests(traits: Traits, makePlace: MakePlace): void {
  for (const kind of traits.kinds) {
    if (!isFileKind(kind)) continue;
    test(`${kind}: a file is stored once, byte for byte`, async (context) => {
      const place = await makePlace(context);
      const content = Uint8Array.from({ length: 70_000 }, (_, index) => (index * 31) % 256);

      assert.deepEqual(await deliverFile(place, kind, content), ['stored']);
      assert.deepEqual(await deliverFile(place, kind, content), ['unchanged']);
      const held = (await place.heldFiles?.(kind)) ?? [];
      assert.equal(held.length, 1);
      assert.deepEqual(Buffer.from(held[0] ?? []), Buffer.from(content));
    });

    test(`${kind}: files that are delivered at once keep apart`, async (context) => {
      const place = await makePlace(context);
      await withDestination(place, async (destination) => {
        const directory = await destination.stagingDirectory(kind, calm);
        const contents = Array.from({ length: 12 }, (_, index) => `content ${index}`);
        const deliveries = contents.map(async (content, index) => {
          const lsid = kind === 'backups' ? null : `a${index}`;
          const site = `site${index}`;
          const draft = { kind, lsid, content, site, host: `${site}.example.com` };
          return destination.deliver([await makeFileDelivery(draft, directory)], calm);
        });
        const outcomes = (await Promise.all(deliveries)).flat();
        assert.deepEqual(new Set(statuses(outcomes)), new Set(['stored']));
        const held = ((await place.heldFiles?.(kind)) ?? []).map((bytes) => Buffer.from(bytes).toString());
        assert.deepEqual(held.sort(), contents.sort());
      });
    });

    test(`${kind}: another content under the same name follows the rule for conflicts`, async (context) => {
      const place = await makePlace(context);
      await deliverFile(place, kind, Buffer.from('first'));
      await deliverFile(place, kind, Buffer.from('other'));

      const held = ((await place.heldFiles?.(kind)) ?? [])
        .map((bytes) => Buffer.from(bytes).toString())
        .sort();
      const expected = { adds: ['first', 'other'], replaces: ['other'], skips: ['first'] };
      assert.deepEqual(held, expected[traits.onUpdate]);
    });
  }
}

function isFileKind(kind: Kind): kind is FileKind {
  return kind !== 'sessions' && kind !== 'presentations';
}

function deliverFile(place: Place, kind: FileKind, content: Uint8Array): Promise<readonly string[]> {
  return withDestination(place, async (destination) => {
    const directory = await destination.stagingDirectory(kind, calm);
    const lsid = kind === 'backups' ? null : 'a1';
    const file: FileDelivery = await makeFileDelivery({ kind, lsid, content }, directory);
    return statuses(await destination.deliver([file], calm));
  });
}
