import { IcError } from '../../platform/errors.ts';
import type { Delivery, Outcome, RecordDelivery } from '../destination.ts';
import { rootTables } from './standing.ts';

export function written(delivery: RecordDelivery, id: number, status: 'stored' | 'updated'): Outcome {
  const location = locationOf(delivery, id);
  return { status, bytes: delivery.raw.length, location, error: null, warnings: [] };
}

export function unchanged(delivery: RecordDelivery, id: number): Outcome {
  return { status: 'unchanged', bytes: 0, location: locationOf(delivery, id), error: null, warnings: [] };
}

export function refused(error: IcError): Outcome {
  return { status: 'refused', bytes: 0, location: null, error, warnings: [] };
}

/** What a database refused about one record: `reason` is the database's own word. */
export function refusal(delivery: RecordDelivery, reason: string, cause?: unknown): IcError {
  const { host, lsid } = delivery.names;
  return new IcError(
    'io',
    `The database refused ${rootTables[delivery.kind]} ${lsid} of ${host}: ${reason}`,
    {
      hint: 'Change the table, constraint or trigger that stands in the way; the next run offers it again.',
      cause,
    },
  );
}

/** Half of a surrogate pair without the other: no database keeps it as it is. */
export class MalformedTextError extends Error {
  constructor(column: string) {
    super(`its ${column} is no text: a character of it is cut in half`);
    this.name = 'MalformedTextError';
  }
}

/** The records of a batch. A destination that says which kinds it takes is given no others. */
export function records(batch: readonly Delivery[], destination: string): readonly RecordDelivery[] {
  return batch.map((delivery) => {
    if (delivery.kind === 'sessions' || delivery.kind === 'presentations') return delivery;
    throw noFiles(destination);
  });
}

export function noFiles(destination: string): IcError {
  return new IcError('configuration', `The destination ${destination} is a database and holds no files.`, {
    hint: 'Send recordings and backups to a destination of type file-system.',
  });
}

/** `session 42`, as people find it again with `WHERE id = 42`. */
function locationOf({ kind }: RecordDelivery, id: number): string {
  return `${rootTables[kind]} ${id}`;
}
