import { type FileSystem, nodeFileSystem } from '../../src/platform/file-system.ts';

/** One file operation that is about to be done: `sync` of `/srv/ic/a.xml`. */
export interface FileOperation {
  readonly name: string;
  readonly path: string;
}

/** The system's files, with `before` called ahead of each operation but `close`; what it throws is the operation's failure. */
export function watchedFiles(before: (operation: FileOperation) => void): FileSystem {
  return watch(nodeFileSystem, null, before);
}

function watch<Target extends object>(
  target: Target,
  openPath: string | null,
  before: (operation: FileOperation) => void,
): Target {
  return new Proxy(target, {
    get(object, name: string) {
      const value: unknown = Reflect.get(object, name);
      if (typeof value !== 'function' || name === 'close') return value;
      return async (...parameters: unknown[]) => {
        const path = openPath ?? String(parameters[0]);
        before({ name, path });
        const result: unknown = await Reflect.apply(value, object, parameters);
        return name === 'open' ? watch(result as object, path, before) : result;
      };
    },
  });
}
