import type { Kind } from '../../platform/kinds.ts';
import { nearest } from '../nearest.ts';
import { InvalidValue, type ValueType } from './value-type.ts';

/** What stands between percent signs in a file name, and what it becomes. */
export const fileNameValues = {
  LSEQ: "the session's number, which is neither unique nor strictly rising",
  LSID: "the session's unique identifier",
  EXTERNAL_KEY: "the session's external key; `none` when it has none, as for every value that is missing",
  SESSION_TYPE: "the session type's name",
  SUPPORT_SITE_HOST: "the site's host, without a port",
  INSTANCE: 'the number of a command shell or Show My Screen recording within its session; 0 for other kinds',
  EXTENSION: 'the extension, without a period',
  START_DATE: 'the day on which the session began, UTC: `2026-11-22`',
  START_TIME: 'the time at which the session began, UTC: `193001`',
  SITE: "the site's name in this configuration",
  DATE: "the day, UTC: `2026-11-22`: of a backup that of its download, of a recording that of its session's end, since it may be fetched twice",
  TIME: 'the time, UTC: `193001`, as for `%DATE%`',
} as const;

export type FileNameValue = keyof typeof fileNameValues;

const allValues = Object.keys(fileNameValues) as FileNameValue[];
const ofBackups: readonly FileNameValue[] = ['SUPPORT_SITE_HOST', 'SITE', 'DATE', 'TIME', 'EXTENSION'];
const ofDownloads: readonly FileNameValue[] = ['DATE', 'TIME'];
const ofRecords = allValues.filter((value) => !ofDownloads.includes(value));

/** The values that an item of the kind has. */
export function fileNameValuesOf(kind: Kind): readonly FileNameValue[] {
  if (kind === 'backups') return ofBackups;
  return kind === 'sessions' || kind === 'presentations' ? ofRecords : allValues;
}

/** No two of these are alike for one session, so that all kinds may share a directory. */
export const defaultFileNames: Readonly<Record<Kind, string>> = {
  sessions: '%SUPPORT_SITE_HOST%-%SESSION_TYPE%-%LSID%.%EXTENSION%',
  'session-recordings': '%SUPPORT_SITE_HOST%-%SESSION_TYPE%-%LSID%-recording.%EXTENSION%',
  'command-shell-recordings': '%SUPPORT_SITE_HOST%-%SESSION_TYPE%-%LSID%-shell-%INSTANCE%.%EXTENSION%',
  'show-my-screen-recordings': '%SUPPORT_SITE_HOST%-%SESSION_TYPE%-%LSID%-screen-%INSTANCE%.%EXTENSION%',
  presentations: '%SUPPORT_SITE_HOST%-presentation-%LSID%.%EXTENSION%',
  'presentation-recordings': '%SUPPORT_SITE_HOST%-presentation-%LSID%-recording.%EXTENSION%',
  backups: '%SITE%-backup-%DATE%-%TIME%.%EXTENSION%',
};

/** The names between percent signs: `%LSID%.%EXTENSION%` gives `LSID`, `EXTENSION`. */
export function fileNameValuesIn(format: string): readonly string[] {
  return Array.from(format.matchAll(/%([A-Za-z_]+)%/g), ([, name = '']) => name);
}

/** A file name with values in it; a `/` makes folders. Which kind it is for is checked elsewhere. */
export const fileNameFormat: ValueType<string> = {
  name: 'a file name format',
  parse: (value) => {
    const unknown = fileNameValuesIn(value).find((name) => !Object.hasOwn(fileNameValues, name));
    if (unknown !== undefined) throw unknownValue(unknown);
    checkLiterals(value);
    return value;
  },
};

function unknownValue(name: string): InvalidValue {
  const close = nearest(name, allValues);
  const known = `Known values are ${allValues.map((value) => `%${value}%`).join(', ')}.`;
  const meant = close === null ? known : `Did you mean %${close}%? ${known}`;
  return new InvalidValue(`holds the unknown value %${name}%`, meant, close === null ? null : `%${close}%`);
}

function checkLiterals(format: string): void {
  if (/^\/|^[a-z]:/i.test(format)) {
    throw new InvalidValue(
      'is an absolute path',
      'Write the name below the directory; the key directory holds the rest.',
    );
  }
  if (format.includes('\\')) {
    throw new InvalidValue('holds a backslash', 'Write / between folders: it serves on every system.');
  }
  if (/[<>:"|?*\x00-\x1f\x7f]/.test(format)) {
    throw new InvalidValue('holds a character that not every file system takes', 'Leave out < > : " | ? *.');
  }
  if (format.split('/').some((part) => /^\.{0,2}$/.test(part.trim()))) {
    throw new InvalidValue(
      'holds a folder without a name, or . or ..',
      'Name a folder between every two slashes.',
    );
  }
}
