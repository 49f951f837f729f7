import { lstat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { SqliteConfig } from '../../config/configuration.ts';
import type { Clock } from '../../platform/clock.ts';
import { toIcError } from '../../platform/errors.ts';
import { nodeFileSystem } from '../../platform/file-system.ts';
import { isErrorCode } from '../../platform/io-error.ts';
import type { CheckResult } from '../destination.ts';
import { checkDirectories } from '../file-system/check.ts';
import { Database } from './database.ts';
import { inspectionOf, latestVersion } from './schema.ts';

/** Tries the directory, in which SQLite keeps files of its own, then the database itself. */
export async function* checkDatabase(
  { name, path }: SqliteConfig,
  clock: Clock,
  signal: AbortSignal,
): AsyncGenerator<CheckResult> {
  yield* checkDirectories(name, [dirname(path)], nodeFileSystem, signal);
  try {
    yield { subject: 'destination', name, ok: true, message: await examine(path, clock, signal), hint: null };
  } catch (thrown) {
    signal.throwIfAborted();
    const error = toIcError(thrown);
    yield { subject: 'destination', name, ok: false, message: error.message, hint: error.hint, error };
  }
}

async function examine(path: string, clock: Clock, signal: AbortSignal): Promise<string> {
  if (!(await databaseExists(path))) return `${path} will be created by the first pull.`;
  const database = await Database.openExisting(path, clock);
  try {
    const version = await database.tryWriting(await inspectionOf(database, clock), signal);
    if (version === latestVersion()) return `${path} can be written to; schema version ${version}.`;
    return `${path} can be written to; the next pull brings its schema from version ${version} to ${latestVersion()}.`;
  } finally {
    database.close();
  }
}

export async function databaseExists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (isErrorCode(error, 'ENOENT')) return false;
    throw error;
  }
}
