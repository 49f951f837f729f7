import type { Seconds } from './clock.ts';

/** The API account that the appliance knows, and what it may do. Everything here may be changed while it runs. */
export interface Account {
  readonly clientId: string;
  clientSecret: string;
  enabled: boolean;
  permissions: Permissions;
}

export interface Permissions {
  command: 'deny' | 'read_only' | 'full_access';
  support: boolean;
  presentation: boolean;
  backup: boolean;
}

/** A user of the sign-in before 16.1; sees every session. */
export interface User {
  readonly username: string;
  password: string;
}

export interface ReportSettings {
  namespace: Namespace;
  /** Prefix of every element, for instance `bt`; null: the default namespace. */
  prefix: string | null;
  /** How an empty result is reported. */
  empty: 'error' | 'error-in-list' | 'empty-list';
  /** The text that says so; null: that of the language. */
  emptyText: string | null;
  language: 'en' | 'fr';
  /** Whether a session at the very upper end of a window belongs to it. */
  upperEnd: 'exclusive' | 'inclusive';
  order: 'as-added' | 'reverse' | 'shuffled';
  /** Seconds after its end during which a session is still reported as in progress. */
  lag: number;
  /** Seconds after its end during which a session is reported without its links. */
  linkLag: number;
  /** Zone of `start_date` and `end_date`, minutes east of UTC. */
  zoneMinutes: number;
  /** More ids than this in `lsids` are refused. */
  mostLsids: number;
  presentationRoot: string;
  presentationElement: string;
}

/** The three namespace URIs that were seen, or none. */
export type Namespace = 'bomgar' | 'beyondtrust' | 'sra' | 'none';

export const reportingNamespaces: Readonly<Record<Namespace, string | null>> = {
  bomgar: 'http://www.bomgar.com/namespaces/API/reporting',
  beyondtrust: 'https://www.beyondtrust.com/namespaces/API/reporting',
  sra: 'http://www.beyondtrust.com/sra/namespaces/API/reporting',
  none: null,
};

export const emptyTexts = {
  en: {
    sessions: 'No Support report information matching your chosen criteria is available.',
    presentations: 'No Presentation report information matching your chosen criteria is available.',
  },
  fr: {
    sessions: 'Aucune information de rapport Support correspondant à vos critères n’est disponible.',
    presentations:
      'Aucune information de rapport Présentation correspondant à vos critères n’est disponible.',
  },
} as const;

export interface BackupSettings {
  /** Bytes of the file. */
  size: number;
  /** Each backup gets the next seed, as each holds more logged data; `false`: all are the same. */
  varies: boolean;
  seed: number;
  /** A refusal in place of the file, as text with status 200. */
  refusal: string | null;
  contentType: string;
  /** Declare the length; else chunked. */
  contentLength: boolean;
  /** The password goes as JSON (null) or in a form field of this name. */
  passwordField: string | null;
}

export interface HealthSettings {
  healthy: boolean;
  errorMessage: string;
  failoverRole: 'none' | 'primary' | 'backup';
  lastDataSync: Seconds | null;
}

export interface Paths {
  readonly token: string;
  readonly reporting: string;
  readonly command: string;
  readonly backup: string;
  readonly download: string;
  readonly health: string;
}

/** Requests in any one second of the appliance's clock, beyond which it answers 429; null: no limit. */
export interface RateLimit {
  readonly perSecond: number;
  /** How `Retry-After` is given; `none`: not at all. */
  readonly retryAfter: 'seconds' | 'date' | 'none';
}

/** Settings that hold for the whole appliance; everything may be changed while it runs. */
export interface GeneralSettings {
  /** Off: "Document Not Found" under `/api/`. */
  xmlApi: boolean;
  /** How a missing permission is answered: 404 or 200 with that text, or an `<error>` document. */
  denial: 'not-found' | 'not-found-200' | 'error';
  version: string;
  apiVersion: string;
  companyName: string | null;
  /** Name of the request parameter with the number of a shell or Show My Screen recording. */
  instanceParameter: string;
  rateLimit: RateLimit | null;
}

export const defaultPaths: Paths = {
  token: '/oauth2/token',
  reporting: '/api/reporting',
  command: '/api/command',
  backup: '/api/backup',
  download: '/session_download',
  health: '/check_health',
};

export const defaultReports: ReportSettings = {
  namespace: 'beyondtrust',
  prefix: null,
  empty: 'error',
  emptyText: null,
  language: 'en',
  upperEnd: 'exclusive',
  order: 'as-added',
  lag: 0,
  linkLag: 0,
  zoneMinutes: 0,
  mostLsids: 50,
  presentationRoot: 'presentation_session_list',
  presentationElement: 'presentation_session',
};

export const defaultBackup: BackupSettings = {
  size: 100_000,
  varies: true,
  seed: 1,
  refusal: null,
  contentType: 'application/octet-stream',
  contentLength: false,
  passwordField: null,
};

export const defaultHealth: HealthSettings = {
  healthy: true,
  errorMessage: 'The web server does not answer.',
  failoverRole: 'none',
  lastDataSync: null,
};

export const defaultGeneral: GeneralSettings = {
  xmlApi: true,
  denial: 'not-found',
  version: '23.2.1 (112233-749b17ca33d2475427428f263608ae98d69f7a35)',
  apiVersion: '1.22.2',
  companyName: 'example',
  instanceParameter: 'instance',
  rateLimit: null,
};

export const defaultPermissions: Permissions = {
  command: 'read_only',
  support: true,
  presentation: true,
  backup: true,
};
