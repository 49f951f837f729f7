import type { DestinationConfig, Transfer } from '../config/configuration.ts';
import type { Destination } from '../destinations/destination.ts';
import type { Clock } from '../platform/clock.ts';
import { IcError } from '../platform/errors.ts';
import type { Kind } from '../platform/kinds.ts';
import type { Logger } from '../platform/logger.ts';

/** What every kind of destination gets besides its configuration. */
export interface DestinationContext {
  /** Under this name the destination keeps its records of what was delivered. */
  readonly transfer: string;
  readonly site: string;
  /** What will be delivered. */
  readonly kinds: readonly Kind[];
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The one place where a configured destination becomes a real one. Each is loaded when it is wanted. */
export async function createDestination(
  config: DestinationConfig,
  context: DestinationContext,
): Promise<Destination> {
  switch (config.type) {
    case 'file-system': {
      const { createFileSystemDestination } = await import(
        '../destinations/file-system/file-system-destination.ts'
      );
      const { identifyDocument } = await import('../sessions/parse.ts');
      return createFileSystemDestination(config, { ...context, identify: identifyDocument });
    }
    case 'sqlite': {
      const { createSqliteDestination } = await import('../destinations/sqlite/sqlite-destination.ts');
      return createSqliteDestination(config, context);
    }
    case 'sql-server': {
      const { createSqlServerDestination } = await import(
        '../destinations/sql-server/sql-server-destination.ts'
      );
      return createSqlServerDestination(config, context);
    }
    case 'program': {
      const { createProgramDestination } = await import('../destinations/program/program-destination.ts');
      return createProgramDestination(config, { ...context, environment: process.env });
    }
  }
}

/** Before anything is delivered: throws a `configuration` error when the destination has no place for a kind. */
export function requireKinds(transfer: Transfer, { capabilities }: Destination): void {
  const missing = transfer.data.filter((kind) => !capabilities.kinds.has(kind));
  if (missing.length === 0) return;
  throw new IcError(
    'configuration',
    `Destination ${transfer.destination} cannot hold ${missing.join(', ')}.`,
    {
      hint: 'Take these kinds out of data, or choose another destination.',
    },
  );
}
