/** What an appliance holds, by the names that the configuration and the output use. Order is the order of output. */
export const kinds = [
  'sessions',
  'session-recordings',
  'command-shell-recordings',
  'show-my-screen-recordings',
  'presentations',
  'presentation-recordings',
  'backups',
] as const;

export type Kind = (typeof kinds)[number];

/** Kinds that a report delivers as XML records. */
export type RecordKind = 'sessions' | 'presentations';

/** Kinds that are downloaded one file at a time. */
export type FileKind = Exclude<Kind, RecordKind>;

/** Kinds of file that belong to a session or presentation. */
export type RecordingKind = Exclude<FileKind, 'backups'>;

export function isRecordKind(kind: Kind): kind is RecordKind {
  return kind === 'sessions' || kind === 'presentations';
}

export function isKind(text: string): text is Kind {
  return (kinds as readonly string[]).includes(text);
}
