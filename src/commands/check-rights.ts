import type { Stats } from 'node:fs';
import { lstat } from 'node:fs/promises';
import type { Configuration } from '../config/configuration.ts';
import type { CheckResult } from '../platform/check-result.ts';

/** What of `ic`'s own lies open to users who are no business of it: see `fileMode` and `directoryMode`. */
export async function* checkRights(configuration: Configuration): AsyncGenerator<CheckResult> {
  if (process.geteuid === undefined) return;
  for (const place of placesOf(configuration)) {
    const found = await lstat(place.path).catch(() => null);
    // What is in the way of a state or a log is reported where it is opened.
    const isOurs = found?.isFile() || (found?.isDirectory() && place.subject === 'destination');
    const open = found !== null && isOurs ? openTo(found, place.isShared) : null;
    if (open !== null) yield warningOf(place, open);
  }
}

interface Place {
  readonly subject: CheckResult['subject'];
  readonly name: string;
  readonly path: string;
  /** Whether the configuration says who may use it. */
  readonly isShared: boolean;
}

function placesOf({ state, log, destinations }: Configuration): readonly Place[] {
  const own = [
    { subject: 'state', name: state.path, path: state.path, isShared: false },
    ...(log.file === null
      ? []
      : [{ subject: 'log', name: log.file, path: log.file, isShared: false } as const]),
  ] as const;
  const archives = [...destinations.values()].flatMap((destination) => {
    const { name } = destination;
    const isShared = 'sharing' in destination && destination.sharing?.mode != null;
    const place = (path: string) => ({ subject: 'destination', name, path, isShared }) as const;
    if (destination.type === 'sqlite') return [place(destination.path)];
    if (destination.type !== 'file-system') return [];
    return [...new Set([...destination.kinds.values()].map(({ directory }) => directory))].map(place);
  });
  return [...own, ...archives];
}

interface Opening {
  readonly what: string;
  /** As `chmod` takes it. */
  readonly remedy: string;
}

/** Null for what a group may read at most; where `mode` is configured, for what is not open to everybody's writing. */
function openTo(found: Stats, isShared: boolean): Opening | null {
  const mode = found.mode & 0o777;
  const shown = `(mode ${(found.mode & 0o7777).toString(8).padStart(4, '0')})`;
  if ((mode & 0o002) !== 0) return { what: `can be written to by everybody ${shown}`, remedy: 'go-w,o=' };
  if (isShared) return null;
  if ((mode & 0o020) !== 0) return { what: `can be written to by its group ${shown}`, remedy: 'g-w,o=' };
  if ((mode & 0o007) !== 0) return { what: `can be read by everybody ${shown}`, remedy: 'o=' };
  return null;
}

function warningOf({ subject, name, path }: Place, { what, remedy }: Opening): CheckResult {
  const hint = `Run chmod ${remedy} ${path}${subject === 'destination' ? ', or say in mode = who may' : ''}`;
  return { subject, name, ok: true, warning: true, message: `${path} ${what}`, hint };
}
