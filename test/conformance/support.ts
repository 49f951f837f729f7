import type { Delivery, Destination, Outcome } from '../../src/destinations/destination.ts';
import type { HeldRecord, Names, Place } from './conformance.ts';

/** Never aborted. */
export const calm: AbortSignal = new AbortController().signal;

/** Runs `use` with an opened destination, and closes it as a run does, whatever happens. */
export async function withDestination<T>(
  place: Place,
  use: (destination: Destination) => Promise<T>,
  names: Names = {},
): Promise<T> {
  const destination = place.connect(names);
  try {
    await destination.open(calm);
    return await use(destination);
  } finally {
    await destination.close();
  }
}

/** One run that delivers one batch. */
export function deliverOnce(
  place: Place,
  batch: readonly Delivery[],
  signal: AbortSignal = calm,
): Promise<readonly Outcome[]> {
  return withDestination(place, (destination) => destination.deliver(batch, signal));
}

export function statuses(outcomes: readonly Outcome[]): readonly string[] {
  return outcomes.map((outcome) => outcome.status);
}

export async function copiesOf(place: Place, lsid: string): Promise<readonly HeldRecord[]> {
  return (await place.held('sessions')).filter((record) => record.lsid === lsid);
}

export async function heldLsids(place: Place): Promise<readonly string[]> {
  return (await place.held('sessions')).map((record) => record.lsid).sort();
}
