import type { Clock } from '../../platform/clock.ts';
import type { Kind } from '../../platform/kinds.ts';
import type { Logger } from '../../platform/logger.ts';

/** What a database destination gets besides its configuration. */
export interface DatabaseContext {
  /** Under these names the database keeps what was delivered, and how far the transfer has come. */
  readonly transfer: string;
  readonly site: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** What the tables hold. Recordings and backups are files. */
export const databaseKinds: ReadonlySet<Kind> = new Set<Kind>(['sessions', 'presentations']);
