import type { Kind } from '../platform/kinds.ts';
import type { Sharing } from '../platform/sharing.ts';

/**
 * The configuration as the rest of `ic` sees it: every default filled in, every value of its type. Durations are
 * whole seconds, sizes bytes, rates bytes per second; paths are absolute. What is left empty is null.
 */
export interface Configuration {
  /** The file it was read from, absolute. */
  readonly file: string;
  readonly sites: ReadonlyMap<string, Site>;
  readonly destinations: ReadonlyMap<string, DestinationConfig>;
  readonly transfers: ReadonlyMap<string, Transfer>;
  readonly state: { readonly path: string };
  readonly log: LogConfig;
  readonly notify: NotifyConfig;
  readonly metrics: { readonly textfile: string | null };
  /** Every secret value, for keeping them out of whatever is printed or written. */
  readonly secrets: readonly string[];
  /** Where the secrets are, so that it can be said how well they are kept. */
  readonly secretPlaces: readonly SecretPlace[];
  /** Keys whose value begins with a quotation mark that is never closed. */
  readonly unclosedQuotes: readonly KeyPlace[];
}

export interface KeyPlace {
  /** Without brackets: `site.hq`. */
  readonly section: string;
  readonly key: string;
  readonly line: number;
}

/** A key whose value is a secret. */
export interface SecretPlace extends KeyPlace {
  /** `plain`: the secret stands in the configuration as it is. */
  readonly kept: 'plain' | 'env' | 'file' | 'encrypted';
  /** The file that holds it; null unless `kept` is `file`. */
  readonly path: string | null;
  /** Whether an encrypted value can be read in this place alone; true of every other one. */
  readonly bound: boolean;
}

export interface Site {
  readonly name: string;
  /** As configured: `host` or `host:port`. */
  readonly host: string;
  /** The host without its port: `host_name` and `%SUPPORT_SITE_HOST%`. */
  readonly hostName: string;
  readonly credentials: Credentials;
  readonly backupPassword: string | null;
  readonly caFile: string | null;
  readonly proxy: string | null;
  readonly insecureHttp: boolean;
  /** How long the appliance may be silent, in seconds. */
  readonly timeout: number;
  readonly concurrency: number;
  readonly requestsPerSecond: number;
  readonly bandwidthLimit: number | null;
  readonly retries: number;
  /** How many bytes of XML a session or presentation may have. */
  readonly maxRecord: number;
  readonly reportingPath: string;
  readonly commandPath: string;
  readonly backupPath: string;
  readonly tokenPath: string;
  /** A regular expression for texts that mean "nothing found", besides the known ones. */
  readonly emptyReportPattern: RegExp | null;
  /** Null: the password goes as JSON body; else the name of the form field. */
  readonly backupPasswordField: string | null;
  readonly recordingQuery: ReadonlyMap<Kind, URLSearchParams>;
}

export type Credentials =
  | { readonly type: 'api-account'; readonly clientId: string; readonly clientSecret: string }
  | { readonly type: 'user-account'; readonly username: string; readonly password: string };

export type DestinationConfig = FileSystemConfig | SqlServerConfig | SqliteConfig | ProgramConfig;

export interface FileSystemConfig {
  readonly type: 'file-system';
  readonly name: string;
  readonly kinds: ReadonlyMap<Kind, FileSystemKindConfig>;
  readonly sharing?: Sharing | undefined;
}

export interface FileSystemKindConfig {
  readonly directory: string;
  readonly fileName: string;
  readonly onConflict: 'append-number' | 'overwrite' | 'skip';
  /** What to ask the appliance for; null: whatever it gives. */
  readonly format: string | null;
  /** Backups to keep; null: all. */
  readonly retentionCount: number | null;
}

export interface SqlServerConfig {
  readonly type: 'sql-server';
  readonly name: string;
  readonly connectionString: string;
  readonly storeSystemInformation: boolean;
}

export interface SqliteConfig {
  readonly type: 'sqlite';
  readonly name: string;
  readonly path: string;
  readonly storeSystemInformation: boolean;
  readonly sharing?: Sharing | undefined;
}

export interface ProgramConfig {
  readonly type: 'program';
  readonly name: string;
  readonly command: string;
  /** How long the program may be silent when something is asked of it, in seconds. */
  readonly answerTimeout: number;
  /** Every other key of the section, handed to the program. */
  readonly settings: ReadonlyMap<string, string>;
  /** Where the program runs: the configuration's directory. */
  readonly directory: string;
  /** Where files wait for the program: beside the state, where there is room and `ic` may write. */
  readonly workDirectory: string;
  /** Every secret of the configuration: none may be in the program's environment, or in what is said of it. */
  readonly secrets: readonly string[];
  /** Environment variables that secrets come from, or pieces of them: the program gets none of these either. */
  readonly secretVariables: readonly string[];
}

export interface Transfer {
  readonly name: string;
  readonly site: string;
  readonly destination: string;
  readonly data: readonly Kind[];
  readonly start: Start;
  /** Seconds between runs: a minute to a week. */
  readonly every: number;
  /** Minutes after midnight, in the machine's time zone. */
  readonly at: number | null;
  readonly overlap: number;
  readonly sweep: number;
  readonly settle: number;
  readonly abandonOpenAfter: number;
  readonly forgetAbandonedAfter: number;
  readonly giveUpAfter: number;
}

/** How far back a first pull reaches. */
export type Start =
  | { readonly type: 'ago'; readonly seconds: number }
  | { readonly type: 'instant'; readonly time: number }
  | { readonly type: 'all' };

export interface LogConfig {
  readonly file: string | null;
  readonly level: LogLevel;
  readonly format: 'text' | 'json';
  readonly maxSize: number;
  readonly retentionDays: number;
}

export type LogLevel = 'error' | 'warn' | 'info' | 'debug';

export interface NotifyConfig {
  readonly on: ReadonlySet<'failure' | 'recovery' | 'success'>;
  readonly mail: MailConfig | null;
  readonly webhook: { readonly url: string; readonly format: 'json' | 'teams' | 'slack' } | null;
  readonly ping: { readonly url: string } | null;
}

export interface MailConfig {
  readonly server: string;
  readonly port: number;
  readonly security: 'none' | 'starttls' | 'tls';
  readonly username: string | null;
  readonly password: string | null;
  readonly from: string;
  readonly to: readonly string[];
  readonly caFile: string | null;
}
