import type { Kind } from '../../platform/kinds.ts';
import { connectionString } from '../types/connection-string.ts';
import { fileFormat } from '../types/file-format.ts';
import { fileMode } from '../types/file-mode.ts';
import { fileNameFormat } from '../types/file-name.ts';
import { path } from '../types/path.ts';
import { boolean, choice, integer, text } from '../types/plain.ts';
import { duration } from '../types/quantities.ts';
import { defaulted, optional, required } from './key.ts';
import { connectionPassword } from './secret-parts.ts';

export const destinationTypes = ['file-system', 'sql-server', 'sqlite', 'program'] as const;

const type = required(choice(destinationTypes), 'What the destination is.');

const onConflict = choice(['append-number', 'overwrite', 'skip']);

const storeSystemInformation = defaulted(
  boolean,
  'false',
  'Keep what was collected about the remote computer at the start of a session: many rows for every session.',
);

const sharing = {
  mode: optional(
    fileMode,
    'Mode of what `ic` makes, whatever the umask, from `0600` to `0664`; directories can be entered where they can be read. `0660` with `group` for an archive that several users write to. Not on Windows.',
    { note: '0640, less the umask' },
  ),
  group: optional(
    text,
    'Group of what `ic` makes, by name or id; the user that runs `ic` must be in it. Not on Windows.',
    { note: 'that of the user', example: 'evidence' },
  ),
} as const;

/** `[destination.NAME]` with `type = file-system`: what holds for every kind that has no section of its own. */
export const fileSystemKeys = {
  type,
  directory: optional(
    path,
    'Where files go, for every kind that has no section of its own. On Windows a UNC path rather than a mapped drive, which a service does not see.',
    { note: 'required unless each kind that is pulled has its own', example: '/srv/ic' },
  ),
  file_name: optional(
    fileNameFormat,
    'How files are named, for every kind to which all of its values apply. A `/` makes folders.',
    { note: 'a name of its own for each kind, see below' },
  ),
  on_conflict: defaulted(
    onConflict,
    'append-number',
    'What happens when another file has the name already. `append-number`: `a.1.xml`, `a.2.xml`. `overwrite`: the new one takes its place. `skip`: the new one is not stored. The same content is never stored twice, whatever is chosen.',
  ),
  format: optional(
    fileFormat,
    'What to ask the appliance for, for recordings: `mp4`. Empty: whatever it gives.',
  ),
  retention_count: optional(
    integer(1, 100_000),
    'How many backups of a site to keep; older ones that `ic` delivered are removed once a new one is safe. Empty: all.',
  ),
  ...sharing,
} as const;

/** `[destination.NAME.KIND]`: what differs for one kind. */
export const kindKeys = {
  directory: optional(path, 'Where files of the kind go.', { note: 'that of `[destination.NAME]`' }),
  file_name: optional(fileNameFormat, 'How files of the kind are named.', { note: 'see below' }),
  on_conflict: optional(onConflict, 'As in `[destination.NAME]`, for the kind.', {
    note: 'that of `[destination.NAME]`',
  }),
  format: optional(fileFormat, 'What to ask the appliance for. For recordings alone.', {
    note: 'that of `[destination.NAME]`',
  }),
  retention_count: optional(integer(1, 100_000), 'How many backups of a site to keep. For `backups` alone.', {
    note: 'that of `[destination.NAME]`',
  }),
} as const;

/** Whether a key has a meaning for a kind. */
export function isKeyOfKind(key: string, kind: Kind): boolean {
  if (key === 'retention_count') return kind === 'backups';
  return key !== 'format' || !['sessions', 'presentations', 'backups'].includes(kind);
}

export const sqlServerKeys = {
  type,
  connection_string: required(
    connectionString,
    'An ADO.NET connection string. The database is created when it is missing and the login may.',
    {
      secret: connectionPassword,
      example: 'Server=sql01;Database=BGInfo;User Id=ic;Password=${env:SQL_PASSWORD};Encrypt=true',
    },
  ),
  store_system_information: storeSystemInformation,
} as const;

export const sqliteKeys = {
  type,
  path: required(path, 'The database file; it is created when it is missing.', { example: 'ic.db' }),
  store_system_information: storeSystemInformation,
  ...sharing,
} as const;

export const programKeys = {
  type,
  command: required(
    text,
    'The program and its arguments. Every other key of the section is handed to it as it stands, with `${env:}` and `${file:}` filled in.',
    { example: 'python3 push_to_helpdesk.py' },
  ),
  answer_timeout: defaulted(
    duration('1s', '1d'),
    '5m',
    'How long the program may be silent when something is asked of it. One that needs longer says so from time to time.',
  ),
} as const;
