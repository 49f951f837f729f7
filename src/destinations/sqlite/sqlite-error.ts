import { IcError } from '../../platform/errors.ts';

/** Primary result codes of SQLite that mean something of their own to a person. */
const explanations: Readonly<Record<number, readonly [message: string, hint: string]>> = {
  5: ['another program keeps it locked', 'Find the program that writes to it, and run again.'],
  6: ['another program keeps it locked', 'Find the program that writes to it, and run again.'],
  8: ['it cannot be written to', 'Let the user that runs ic write the file and its directory.'],
  10: ['the disk reported an error', 'Check the disk that holds it.'],
  11: ['the file is damaged', 'Restore it from a backup, or move it away: the next pull makes a new one.'],
  13: ['no space is left on its disk', 'Free space on the disk that holds it, and run again.'],
  14: [
    'it cannot be opened',
    'Check that path names a file in a directory that the user of ic may write to.',
  ],
  26: [
    'the file is no SQLite database',
    'Set path to another file: ic does not overwrite what is not its own.',
  ],
};

/** What went wrong with the database file, as an `io` error. What SQLite did not throw comes back as it is. */
export function sqliteError(error: unknown, path: string): unknown {
  const code = primaryCode(error);
  if (code === null || !(error instanceof Error)) return error;
  const [message, hint] = explanations[code] ?? [
    `SQLite reports: ${error.message}`,
    'Check the database file, and run again.',
  ];
  return new IcError('io', `Cannot use the database ${path}: ${message}.`, { hint, cause: error });
}

/** Whether another connection was in the way, so that waiting helps. */
export function isBusy(error: unknown): boolean {
  const code = primaryCode(error);
  return code === 5 || code === 6;
}

/** Whether the file, or one that SQLite needs beside it, cannot be written (8) or made (14). */
export function isUnwritable(error: unknown): boolean {
  const code = primaryCode(error instanceof IcError ? error.cause : error);
  return code === 8 || code === 14;
}

/**
 * Whether the row at hand was the reason: a constraint or trigger that somebody added (19), a value too long (18), a
 * type that does not fit (20).
 */
export function isAboutOneRow(error: unknown): boolean {
  const code = primaryCode(error);
  return code === 18 || code === 19 || code === 20;
}

function primaryCode(error: unknown): number | null {
  if (!(error instanceof Error) || !('errcode' in error)) return null;
  return typeof error.errcode === 'number' ? error.errcode & 0xff : null;
}
