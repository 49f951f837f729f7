import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, type TestContext, test } from 'node:test';
import type { Destination } from '../../../src/destinations/destination.ts';
import { seedPresentations, seedSessions } from '../../appliance/seed.ts';
import { calm } from '../../conformance/support.ts';
import { expectedPresentation, expectedSession } from './expected.ts';
import { byLsid, heldPresentations, heldSessions, type ReadTable } from './held-rows.ts';
import { deliveriesOf, host, presentationDeliveries, sessionDeliveries } from './records.ts';
import { presentationText, sessionText } from './row-text.ts';

/** A database of the test's own. */
export interface DatabasePlace {
  connect(options: { readonly storeSystemInformation: boolean }): Destination;
  readonly readTable: ReadTable;
  /** What the database cannot hold becomes this; the same text where it can hold all. */
  readonly asHeld?: (text: string) => string;
}

const period = { from: 1_795_341_600, to: 1_795_341_600 + 86_400 };

/** Row by row, a database holds what the appliance knows: first as it was reported, then as it was edited. */
export function equality(name: string, makePlace: (context: TestContext) => Promise<DatabasePlace>): void {
  describe(`${name} holds what the appliance knows, row by row`, { concurrency: true }, () => {
    for (const storeSystemInformation of [false, true]) {
      const title = storeSystemInformation ? 'with system information' : 'without system information';
      test(`sessions, ${title}`, async (context) => {
        const place = await makePlace(context);
        const specs = seedSessions({ ...period, seed: 3, count: 150, forbiddenCharacters: true });
        await deliverAll(place.connect({ storeSystemInformation }), await sessionDeliveries(specs));
        assertSame(
          await heldSessions(place.readTable),
          specs.map((spec) => expectedSession(spec, host, storeSystemInformation)),
          place,
        );
      });
    }

    test('sessions that were edited, with every third one new', async (context) => {
      const place = await makePlace(context);
      const options = { storeSystemInformation: true };
      const first = seedSessions({ ...period, seed: 4, count: 60 });
      await deliverAll(place.connect(options), await sessionDeliveries(first));
      const ids = await idsOf(place);

      const other = seedSessions({ ...period, seed: 5, count: 60 });
      const edited = other.map((spec, index) => ({ ...spec, lsid: first[index]?.lsid ?? spec.lsid }));
      const mixed = edited.map((spec, index) => (index % 3 === 0 ? (other[index] ?? spec) : spec));
      await deliverAll(place.connect(options), await sessionDeliveries(mixed));

      const now = new Map(
        [...first, ...mixed].map((spec) => [spec.lsid, expectedSession(spec, host, true)] as const),
      );
      assertSame(await heldSessions(place.readTable), [...now.values()], place);
      const idsNow = await idsOf(place);
      for (const [lsid, id] of ids) assert.equal(idsNow.get(lsid), id, 'session.id is kept');
    });

    test('the sample report, as it was worked out by hand', async (context) => {
      const place = await makePlace(context);
      const sessions = await deliveriesOf(await readSample('support-session-list.xml'), 'sessions');
      const shown = await deliveriesOf(await readSample('presentation-session-list.xml'), 'presentations');
      await deliverAll(place.connect({ storeSystemInformation: true }), [...sessions, ...shown]);

      const rows = sessionText(await heldSessions(place.readTable));
      assert.deepEqual(lines(rows), lines(String(await readSample('support-session-list.rows.txt'))));
      const others = presentationText(await heldPresentations(place.readTable));
      assert.deepEqual(lines(others), lines(String(await readSample('presentation-session-list.rows.txt'))));
    });

    test('presentations', async (context) => {
      const place = await makePlace(context);
      const specs = seedPresentations({ ...period, seed: 6, count: 60 });
      const destination = place.connect({ storeSystemInformation: false });
      await deliverAll(destination, await presentationDeliveries(specs));
      assertSame(
        await heldPresentations(place.readTable),
        specs.map((spec) => expectedPresentation(spec, host)),
        place,
      );
    });
  });
}

function readSample(name: string): Promise<Buffer> {
  return readFile(new URL(`../../samples/${name}`, import.meta.url));
}

function lines(text: string): readonly string[] {
  return text.trim().split('\n');
}

export async function deliverAll(
  destination: Destination,
  batch: Parameters<Destination['deliver']>[0],
): Promise<void> {
  try {
    await destination.open(calm);
    for (const outcome of await destination.deliver(batch, calm)) assert.equal(outcome.error, null);
  } finally {
    await destination.close();
  }
}

type Held = Awaited<ReturnType<typeof heldSessions | typeof heldPresentations>>[number];

function assertSame(held: readonly Held[], expected: readonly Held[], { asHeld }: DatabasePlace): void {
  const lsid = (item: Held): string | null | undefined =>
    ('session' in item ? item.session : item.presentation).lsid;
  const inOrder = byLsid(expected, lsid);
  assert.deepEqual(held.map(lsid), inOrder.map(lsid));
  for (const [index, item] of held.entries()) {
    assert.deepEqual(sorted(item), sorted(asHeld ? replaced(inOrder[index], asHeld) : inOrder[index]));
  }
}

/** Columns in the order of their names: an adopted table may have another order. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value).map(([name, inner]) => [name, sorted(inner)] as const);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function replaced(value: unknown, asHeld: (text: string) => string): unknown {
  if (typeof value === 'string') return asHeld(value);
  if (Array.isArray(value)) return value.map((inner) => replaced(inner, asHeld));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, replaced(inner, asHeld)]));
}

async function idsOf(place: DatabasePlace): Promise<ReadonlyMap<string, string>> {
  const rows = await place.readTable('session');
  return new Map(rows.map((row) => [String(row.lsid), String(row.id)]));
}
