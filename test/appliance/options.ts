import { ApplianceClock } from './clock.ts';
import type { Core } from './core.ts';
import { Links } from './links.ts';
import { Recordings } from './recordings.ts';
import { Records } from './records.ts';
import {
  type BackupSettings,
  defaultBackup,
  defaultGeneral,
  defaultHealth,
  defaultPaths,
  defaultPermissions,
  defaultReports,
  type GeneralSettings,
  type HealthSettings,
  type Paths,
  type Permissions,
  type ReportSettings,
  type User,
} from './settings.ts';
import { aPresentation, aSession } from './specimens.ts';
import { Tokens } from './tokens.ts';

/** What a simulated appliance is started with; everything has a default. */
export interface ApplianceOptions {
  /** 0: any free port. */
  readonly port?: number;
  /** The address to listen on: `127.0.0.1`, `::1`, or another of this machine. */
  readonly address?: string;
  readonly https?: boolean;
  /** The origin that reported links begin with, when it is not the appliance's own. */
  readonly publicUrl?: string;
  /** `now` in milliseconds; frozen: it moves only when it is told to. */
  readonly clock?: { readonly now?: number; readonly frozen?: boolean };
  readonly clientId?: string;
  readonly clientSecret?: string;
  readonly permissions?: Partial<Permissions>;
  readonly users?: readonly User[];
  /** Life of a token in seconds. */
  readonly expiresIn?: number;
  /** Tokens that are valid at once. */
  readonly tokenLimit?: number;
  readonly paths?: Partial<Paths>;
  readonly reports?: Partial<ReportSettings>;
  readonly backup?: Partial<BackupSettings>;
  readonly health?: Partial<HealthSettings>;
  readonly general?: Partial<GeneralSettings>;
}

/** The appliance without its network; `origin` is what links begin with. */
export function createCore(options: ApplianceOptions, origin: () => string): Core {
  const clock = new ApplianceClock(options.clock);
  return {
    clock,
    account: {
      clientId: options.clientId ?? '4ab1c2d3e4f5061728394a5b6c7d8e9f00112233',
      clientSecret: options.clientSecret ?? 'pXz0+simulated/secret==',
      enabled: true,
      permissions: { ...defaultPermissions, ...options.permissions },
    },
    users: (options.users ?? []).map((user) => ({ ...user })),
    tokens: new Tokens(clock, { expiresIn: options.expiresIn ?? 3600, limit: options.tokenLimit ?? 30 }),
    sessions: new Records(clock, aSession),
    presentations: new Records(clock, aPresentation),
    recordings: new Recordings(),
    backup: { ...defaultBackup, ...options.backup, served: [] },
    reports: { ...defaultReports, ...options.reports },
    general: { ...defaultGeneral, ...options.general },
    health: { ...defaultHealth, ...options.health },
    paths: { ...defaultPaths, ...options.paths },
    links: new Links(origin),
  };
}
