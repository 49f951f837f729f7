import type { DestinationConfig } from './configuration.ts';
import { fileSystemKeys, kindKeys, programKeys, sqliteKeys, sqlServerKeys } from './schema/destination.ts';
import {
  logKeys,
  mailKeys,
  metricsKeys,
  notifyKeys,
  pingKeys,
  stateKeys,
  webhookKeys,
} from './schema/general.ts';
import type { Keys } from './schema/key.ts';
import { siteKeys } from './schema/site.ts';
import { transferKeys } from './schema/transfer.ts';

/**
 * Every section with its keys: what reading, defaults, messages, the example and the reference are made from. The
 * keys themselves are in schema/, a file for each family of sections.
 */
export const schema = {
  site: section('site.NAME', siteKeys, 'An appliance to pull from. There may be any number of them.'),
  fileSystem: section(
    'destination.NAME',
    fileSystemKeys,
    'With `type = file-system`: an archive of files, for every kind.',
  ),
  kind: section(
    'destination.NAME.KIND',
    kindKeys,
    'What is different for one kind of a file system destination. KIND is `sessions`, `session-recordings`, `command-shell-recordings`, `show-my-screen-recordings`, `presentations`, `presentation-recordings` or `backups`. What it leaves out is taken from `[destination.NAME]`.',
  ),
  sqlServer: section(
    'destination.NAME',
    sqlServerKeys,
    'With `type = sql-server`: the tables of a SQL Server database, for sessions and presentations.',
  ),
  sqlite: section(
    'destination.NAME',
    sqliteKeys,
    'With `type = sqlite`: the same tables in one file, for sessions and presentations.',
  ),
  program: section(
    'destination.NAME',
    programKeys,
    'With `type = program`: a plugin of your own or of others, see plugins.md.',
  ),
  transfer: section('transfer.NAME', transferKeys, 'What goes from a site to a destination, and when.'),
  state: section('state', stateKeys, 'What `ic` remembers from run to run.'),
  log: section('log', logKeys, 'The log.'),
  notify: section('notify', notifyKeys, 'When somebody is told.'),
  mail: section('notify.mail', mailKeys, 'Mail about runs.'),
  webhook: section('notify.webhook', webhookKeys, 'A request to an address of yours about runs.'),
  ping: section('notify.ping', pingKeys, 'A sign of life to a monitor, for every run.'),
  metrics: section('metrics', metricsKeys, 'Numbers for Prometheus.'),
} as const;

/** Which part of the schema describes a destination of the type. */
export const schemaOfDestination = {
  'file-system': schema.fileSystem,
  'sql-server': schema.sqlServer,
  sqlite: schema.sqlite,
  program: schema.program,
} as const satisfies Record<DestinationConfig['type'], SectionSpec>;

export interface SectionSpec<K extends Keys = Keys> {
  /** As in the file, with NAME and KIND for what is chosen there. */
  readonly name: string;
  readonly keys: K;
  readonly help: string;
}

function section<const K extends Keys>(name: string, keys: K, help: string): SectionSpec<K> {
  return { name, keys, help };
}
