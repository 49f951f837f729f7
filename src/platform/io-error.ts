import { dirname, resolve } from 'node:path';
import { IcError } from './errors.ts';

/** What stands under a name of `ic`'s own and is no file of its own: an error code of BSD, "inappropriate file type". */
const foreignFile = 'EFTYPE';
const foreignHint =
  'Find out who put it there and remove it. Let nobody but the user that runs ic write to %d.';

/** What the system's error codes mean to a person, and what helps. `%d` is the directory that is concerned. */
const explanations: Readonly<Record<string, readonly [message: string, hint: string]>> = {
  ENOSPC: ['no space left on the disk that holds it', 'Free space on the disk that holds %d and run again.'],
  EDQUOT: ["the user's disk quota is used up", 'Free space in %d or raise the quota, and run again.'],
  EACCES: ['permission denied', 'Let the user that runs ic read and write %d.'],
  EPERM: ['the system does not permit it', 'Let the user that runs ic read and write %d.'],
  EROFS: [
    'the file system is read-only',
    'Mount the file system that holds %d writable, or choose another place.',
  ],
  ENOENT: [
    'there is no such file or directory',
    'Check that %d exists and that its disk or share is mounted.',
  ],
  ENOTDIR: ['a part of the path is a file, not a directory', 'Check the path in the configuration.'],
  EISDIR: [
    'there is a directory of that name',
    'Choose another name in the configuration, or move the directory.',
  ],
  EMFILE: ['too many files are open', 'Raise the limit on open files (ulimit -n), or lower concurrency.'],
  ENFILE: ['the system has too many files open', 'Raise the system limit on open files.'],
  ENAMETOOLONG: ['the name is too long for this file system', 'Choose a shorter directory or file_name.'],
  EBUSY: [
    'another program holds it',
    'Find the program that holds the file (a virus scanner, a backup), and run again.',
  ],
  EIO: ['the disk reported an error', 'Check the disk that holds %d.'],
  ESTALE: ['the network share was replaced', 'Mount the share that holds %d again.'],
  ETXTBSY: ['another program is running it', 'Stop that program and run again.'],
};

/**
 * A failed file operation as an `IcError` with code `io`: `Cannot write /srv/ic/a.xml: permission denied`.
 * `doing` is the verb. What is not an error of the system (a defect, an abort, an `IcError`) comes back as it is.
 */
export function ioError(error: unknown, path: string, doing: string): unknown {
  const code = errorCode(error);
  if (code === null || error instanceof IcError || !(error instanceof Error)) return error;
  const [message, hint] = explain(code, error);
  return new IcError('io', `Cannot ${doing} ${path}: ${message}.`, {
    hint: hint.replace('%d', () => dirname(resolve(path))),
    cause: error,
  });
}

function explain(code: string, error: Error): readonly [message: string, hint: string] {
  if (code === foreignFile) return [error.message, foreignHint];
  const [message, hint] = explanations[code] ?? [
    error.message,
    'Check the disk that holds %d, and run again.',
  ];
  return [`${message} (${code})`, hint];
}

/** The operation's result; its failure as `ioError` puts it. */
export async function orIoError<T>(operation: Promise<T>, path: string, doing: string): Promise<T> {
  try {
    return await operation;
  } catch (error) {
    throw ioError(error, path, doing);
  }
}

/** The system's code of a failed operation, such as `ENOENT`; null for any other error. */
export function errorCode(error: unknown): string | null {
  if (!(error instanceof Error) || !('syscall' in error) || !('code' in error)) return null;
  return typeof error.code === 'string' ? error.code : null;
}

/** Whether the operation failed with one of these codes. */
export function isErrorCode(error: unknown, ...codes: readonly string[]): boolean {
  const code = errorCode(error);
  return code !== null && codes.includes(code);
}

/** What other systems say of a directory in the place of a file; Windows lets it be opened, or not be replaced. */
export function directoryInTheWay(syscall: string, path: string): Error {
  return systemError('EISDIR', 'illegal operation on a directory', syscall, path);
}

/** What Windows says of a file that cannot be opened because somebody else has it open. */
export function heldElsewhere(syscall: string, path: string): Error {
  return systemError('EBUSY', 'resource busy or locked', syscall, path);
}

/** `what` completes a sentence about the file: `is a pipe`. */
export function notOwnFile(syscall: string, path: string, what: string): Error {
  const ending = what.startsWith('is ') ? ', not a regular file' : '';
  return Object.assign(new Error(`it ${what}${ending}`), { code: foreignFile, syscall, path });
}

export function isNotOwnFile(error: unknown): boolean {
  return isErrorCode(error, foreignFile);
}

function systemError(code: string, meaning: string, syscall: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${meaning}, ${syscall} '${path}'`), { code, syscall, path });
}
