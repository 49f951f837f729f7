import { dirname } from 'node:path';
import type { Configuration } from '../config/configuration.ts';
import { nearestExisting } from '../destinations/file-system/check.ts';
import type { CheckResult } from '../platform/check-result.ts';
import { toIcError } from '../platform/errors.ts';
import { nodeFileSystem } from '../platform/file-system.ts';
import { isErrorCode } from '../platform/io-error.ts';
import { openOwnFile } from '../platform/own-file.ts';
import { discard, writeTemporary } from '../platform/temporary-file.ts';
import { canonicalPath } from '../state/lock.ts';
import { unwritableLog } from '../terminal/log-file.ts';

/** Throws the `io` error of a run of this user that cannot replace the state: that takes a new file beside it. */
export async function tryState(path: string): Promise<void> {
  const file = await canonicalPath(path);
  await tryDirectory(await nearestExisting(dirname(file), nodeFileSystem), file);
}

/** Whether runs of this user can write the log. One that is not there is not made: it would be this user's for good. */
export async function* checkLog({ file }: Configuration['log']): AsyncGenerator<CheckResult> {
  if (file !== null) yield await finding('log', file, () => tryLog(file));
}

/** Whether the textfile can be put into its directory, which a run does not make. */
export async function* checkMetrics({ textfile }: Configuration['metrics']): AsyncGenerator<CheckResult> {
  if (textfile !== null)
    yield await finding('metrics', textfile, () => tryDirectory(dirname(textfile), textfile));
}

async function tryLog(path: string): Promise<void> {
  try {
    await (await openOwnFile(path, 'r+')).close();
  } catch (error) {
    if (!isErrorCode(error, 'ENOENT')) throw unwritableLog(error, path);
    await tryDirectory(await nearestExisting(dirname(path), nodeFileSystem), path);
  }
}

async function tryDirectory(directory: string, path: string): Promise<void> {
  await discard(await writeTemporary(directory, path, Buffer.from('ic check\n')));
}

async function finding(
  subject: 'log' | 'metrics',
  name: string,
  check: () => Promise<void>,
): Promise<CheckResult> {
  try {
    await check();
    return { subject, name, ok: true, message: 'can be written', hint: null };
  } catch (thrown) {
    const error = toIcError(thrown);
    return { subject, name, ok: false, message: error.message, hint: error.hint, error };
  }
}
