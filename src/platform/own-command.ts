import { isSea } from 'node:sea';

/** How this program is started again, as absolute paths: the executable alone, or Node and its script. */
export function ownCommand(): readonly [program: string, ...parameters: string[]] {
  const [, script] = process.argv;
  return isSea() || script === undefined ? [process.execPath] : [process.execPath, script];
}
