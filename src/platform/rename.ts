import { type FileOptions, type FileSystem, nodeFileSystem } from './file-system.ts';
import { directoryInTheWay, heldElsewhere, isErrorCode } from './io-error.ts';
import { patiently } from './patience.ts';

/**
 * Renames over a file, if one is at `to`; on Windows as soon as others let it. The system's own error, and for what is
 * in the way the same one everywhere: Windows says of a directory, of a file that is open elsewhere and of one that
 * this user may not replace that it is not permitted.
 */
export async function renamePatiently(from: string, to: string, options: FileOptions): Promise<void> {
  const { fileSystem = nodeFileSystem, clock } = options;
  const isPassing = async (error: unknown) => {
    if (fileSystem.platform !== 'win32' || !isErrorCode(error, 'EPERM', 'EBUSY', 'EACCES')) return false;
    if (await isDirectory(to, fileSystem)) throw directoryInTheWay('rename', to);
    return true;
  };
  try {
    await patiently(() => fileSystem.rename(from, to), isPassing, clock);
  } catch (error) {
    const isUnclear = fileSystem.platform === 'win32' && isErrorCode(error, 'EPERM', 'EACCES');
    throw isUnclear && (await mayWrite(to, fileSystem)) ? heldElsewhere('rename', to) : error;
  }
}

async function isDirectory(path: string, fileSystem: FileSystem): Promise<boolean> {
  return fileSystem.lstat(path).then(
    (stat) => stat.isDirectory(),
    () => false,
  );
}

/** Whether this user may change the file at `path`, were it not for others. */
async function mayWrite(path: string, fileSystem: FileSystem): Promise<boolean> {
  try {
    await (await fileSystem.open(path, 'r+')).close();
    return true;
  } catch (error) {
    return isErrorCode(error, 'EBUSY');
  }
}
