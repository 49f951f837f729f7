import type { ApplianceClock } from './clock.ts';
import type { Links } from './links.ts';
import type { Recordings } from './recordings.ts';
import type { Records } from './records.ts';
import type {
  Account,
  BackupSettings,
  GeneralSettings,
  HealthSettings,
  Paths,
  ReportSettings,
  User,
} from './settings.ts';
import type { PresentationSpec, SessionSpec } from './spec.ts';
import type { PresentationDraft, SessionDraft } from './specimens.ts';
import type { Tokens } from './tokens.ts';

/** One backup that was handed out, from which its bytes can be made again. */
export interface ServedBackup {
  readonly size: number;
  readonly seed: number;
  /** The password that protects it, null for none. */
  readonly password: string | null;
}

/** What the routes work with: the appliance without its network. */
export interface Core {
  readonly clock: ApplianceClock;
  readonly account: Account;
  readonly users: User[];
  readonly tokens: Tokens;
  readonly sessions: Records<SessionSpec, SessionDraft>;
  readonly presentations: Records<PresentationSpec, PresentationDraft>;
  readonly recordings: Recordings;
  readonly backup: BackupSettings & { readonly served: ServedBackup[] };
  readonly reports: ReportSettings;
  readonly general: GeneralSettings;
  readonly health: HealthSettings;
  readonly paths: Paths;
  readonly links: Links;
}
