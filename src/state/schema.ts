/** Marks a SQLite file as a state of `ic`: "icst", as `PRAGMA application_id`. */
export const applicationId = 0x69637374;

/**
 * What leads from each version to the next: forward only, never edited once released. `PRAGMA user_version` counts
 * how many have run.
 *
 * A stream is one kind of one transfer. The ledger's rows carry its number instead of two names, since there are many
 * of them and the file is written whole.
 */
export const migrations: readonly string[] = [
  `
  CREATE TABLE transfer (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    site TEXT NOT NULL,
    destination TEXT NOT NULL,
    last_success INTEGER,
    failing_since INTEGER,
    notified_at INTEGER,
    clock_difference REAL
  );

  CREATE TABLE stream (
    id INTEGER PRIMARY KEY,
    transfer INTEGER NOT NULL REFERENCES transfer,
    kind TEXT NOT NULL,
    since INTEGER,
    watermark INTEGER,
    swept_at INTEGER,
    sweep_position INTEGER,
    delivered INTEGER NOT NULL DEFAULT 0,
    bytes INTEGER NOT NULL DEFAULT 0,
    UNIQUE (transfer, kind)
  );

  CREATE TABLE ledger (
    stream INTEGER NOT NULL REFERENCES stream,
    lsid TEXT NOT NULL,
    instance INTEGER NOT NULL,
    hash NOT NULL,
    time INTEGER NOT NULL,
    PRIMARY KEY (stream, lsid, instance)
  ) WITHOUT ROWID;

  CREATE TABLE open_session (
    stream INTEGER NOT NULL REFERENCES stream,
    lsid TEXT NOT NULL,
    start_time INTEGER,
    first_seen INTEGER NOT NULL,
    PRIMARY KEY (stream, lsid)
  ) WITHOUT ROWID;

  CREATE TABLE owed (
    stream INTEGER NOT NULL REFERENCES stream,
    lsid TEXT NOT NULL,
    instance INTEGER NOT NULL,
    since INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    next_try INTEGER NOT NULL,
    status TEXT NOT NULL,
    reason TEXT NOT NULL,
    names TEXT NOT NULL,
    PRIMARY KEY (stream, lsid, instance)
  ) WITHOUT ROWID;

  CREATE TABLE run (
    id INTEGER PRIMARY KEY,
    transfer INTEGER NOT NULL REFERENCES transfer,
    started_at INTEGER NOT NULL,
    record TEXT NOT NULL
  );
  CREATE INDEX run_by_transfer ON run (transfer);

  CREATE TABLE day (
    transfer INTEGER NOT NULL REFERENCES transfer,
    day TEXT NOT NULL,
    runs INTEGER NOT NULL,
    failures INTEGER NOT NULL,
    delivered INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    owed INTEGER NOT NULL,
    seconds INTEGER NOT NULL,
    PRIMARY KEY (transfer, day)
  ) WITHOUT ROWID;
  `,
  `
  CREATE TABLE notified (
    transfer INTEGER NOT NULL REFERENCES transfer,
    channel TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (transfer, channel)
  ) WITHOUT ROWID;
  INSERT INTO notified SELECT id, 'mail', notified_at FROM transfer WHERE notified_at IS NOT NULL;
  ALTER TABLE transfer DROP COLUMN notified_at;
  `,
  `
  ALTER TABLE stream ADD COLUMN unobtainable INTEGER NOT NULL DEFAULT 0;
  `,
  `
  ALTER TABLE stream ADD COLUMN reached INTEGER;
  UPDATE stream SET reached = watermark;
  `,
];
