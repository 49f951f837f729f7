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
  // What belongs to a transfer goes with it, and no later transfer gets its number. Of the runs, the last 50 and the last
  // 20 that failed are kept, in one value for each transfer: a run that finds nothing new is most of what there is.
  `
  CREATE TABLE new_transfer (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    site TEXT NOT NULL,
    destination TEXT NOT NULL,
    last_success INTEGER,
    failing_since INTEGER,
    clock_difference REAL,
    last_run TEXT,
    last_whole_run INTEGER
  );
  INSERT INTO new_transfer
    SELECT id, name, site, destination, last_success, failing_since, clock_difference,
      (SELECT record FROM run WHERE run.transfer = transfer.id ORDER BY run.id DESC LIMIT 1),
      (SELECT record ->> 'finishedAt' FROM run WHERE run.transfer = transfer.id AND record ->> 'error' IS NULL
        ORDER BY run.id DESC LIMIT 1)
    FROM transfer;

  CREATE TABLE new_stream (
    id INTEGER PRIMARY KEY,
    transfer INTEGER NOT NULL REFERENCES transfer ON DELETE CASCADE,
    kind TEXT NOT NULL,
    since INTEGER,
    watermark INTEGER,
    reached INTEGER,
    swept_at INTEGER,
    sweep_position INTEGER,
    delivered INTEGER NOT NULL DEFAULT 0,
    bytes INTEGER NOT NULL DEFAULT 0,
    unobtainable INTEGER NOT NULL DEFAULT 0,
    UNIQUE (transfer, kind)
  );
  INSERT INTO new_stream
    SELECT id, transfer, kind, since, watermark, reached, swept_at, sweep_position, delivered, bytes, unobtainable
    FROM stream WHERE transfer IN (SELECT id FROM transfer);

  CREATE TABLE new_ledger (
    stream INTEGER NOT NULL REFERENCES stream ON DELETE CASCADE,
    lsid TEXT NOT NULL,
    instance INTEGER NOT NULL,
    hash NOT NULL,
    time INTEGER NOT NULL,
    PRIMARY KEY (stream, lsid, instance)
  ) WITHOUT ROWID;
  INSERT INTO new_ledger SELECT * FROM ledger WHERE stream IN (SELECT id FROM new_stream);

  CREATE TABLE new_open_session (
    stream INTEGER NOT NULL REFERENCES stream ON DELETE CASCADE,
    lsid TEXT NOT NULL,
    start_time INTEGER,
    first_seen INTEGER NOT NULL,
    PRIMARY KEY (stream, lsid)
  ) WITHOUT ROWID;
  INSERT INTO new_open_session SELECT * FROM open_session WHERE stream IN (SELECT id FROM new_stream);

  CREATE TABLE new_owed (
    stream INTEGER NOT NULL REFERENCES stream ON DELETE CASCADE,
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
  INSERT INTO new_owed SELECT * FROM owed WHERE stream IN (SELECT id FROM new_stream);

  CREATE TABLE new_day (
    transfer INTEGER NOT NULL REFERENCES transfer ON DELETE CASCADE,
    day TEXT NOT NULL,
    runs INTEGER NOT NULL,
    failures INTEGER NOT NULL,
    delivered INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    owed INTEGER NOT NULL,
    seconds INTEGER NOT NULL,
    PRIMARY KEY (transfer, day)
  ) WITHOUT ROWID;
  INSERT INTO new_day SELECT * FROM day WHERE transfer IN (SELECT id FROM transfer);

  CREATE TABLE new_notified (
    transfer INTEGER NOT NULL REFERENCES transfer ON DELETE CASCADE,
    channel TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (transfer, channel)
  ) WITHOUT ROWID;
  INSERT INTO new_notified SELECT * FROM notified WHERE transfer IN (SELECT id FROM transfer);

  CREATE TABLE history (
    transfer INTEGER PRIMARY KEY REFERENCES transfer ON DELETE CASCADE,
    runs NOT NULL
  );
  INSERT INTO history
    SELECT transfer, json_group_array(json(record) ORDER BY id DESC)
    FROM (
      SELECT id, transfer, record, record ->> 'status' <> 'ok' AS failed,
        row_number() OVER (PARTITION BY transfer ORDER BY id DESC) AS nth,
        row_number() OVER (PARTITION BY transfer, record ->> 'status' <> 'ok' ORDER BY id DESC) AS nth_of_its_sort
      FROM run
    )
    WHERE (nth <= 50 OR failed AND nth_of_its_sort <= 20) AND transfer IN (SELECT id FROM transfer)
    GROUP BY transfer;

  DROP TABLE run;
  DROP TABLE notified;
  DROP TABLE day;
  DROP TABLE owed;
  DROP TABLE open_session;
  DROP TABLE ledger;
  DROP TABLE stream;
  DROP TABLE transfer;
  ALTER TABLE new_transfer RENAME TO transfer;
  ALTER TABLE new_stream RENAME TO stream;
  ALTER TABLE new_ledger RENAME TO ledger;
  ALTER TABLE new_open_session RENAME TO open_session;
  ALTER TABLE new_owed RENAME TO owed;
  ALTER TABLE new_day RENAME TO day;
  ALTER TABLE new_notified RENAME TO notified;
  `,
  `
  CREATE TABLE site_clock (
    site TEXT PRIMARY KEY,
    shown INTEGER NOT NULL,
    trusted INTEGER NOT NULL,
    unconfirmed INTEGER NOT NULL,
    machine INTEGER NOT NULL,
    uptime INTEGER,
    boot TEXT,
    newest_end INTEGER
  ) WITHOUT ROWID;

  ALTER TABLE owed ADD COLUMN machine_since INTEGER;

  CREATE TABLE abandoned (
    stream INTEGER NOT NULL REFERENCES stream ON DELETE CASCADE,
    lsid TEXT NOT NULL,
    since INTEGER NOT NULL,
    machine_since INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    next_try INTEGER NOT NULL,
    PRIMARY KEY (stream, lsid)
  ) WITHOUT ROWID;

  CREATE TABLE given_up (
    stream INTEGER NOT NULL REFERENCES stream ON DELETE CASCADE,
    lsid TEXT NOT NULL,
    instance INTEGER NOT NULL,
    at INTEGER NOT NULL,
    machine_at INTEGER NOT NULL,
    item TEXT NOT NULL,
    PRIMARY KEY (stream, lsid, instance)
  ) WITHOUT ROWID;
  `,
  // By name: whoever finds the lock of a transfer held may do so before the holder has recorded anything of it.
  `
  CREATE TABLE found_locked (
    transfer TEXT PRIMARY KEY,
    count INTEGER NOT NULL,
    since INTEGER NOT NULL
  ) WITHOUT ROWID;
  `,
  `
  -- The site's host, by which it is known under another name.
  ALTER TABLE transfer ADD COLUMN host TEXT;
  -- The names under which the destination keeps its records, where they are not the present ones yet.
  ALTER TABLE transfer ADD COLUMN recorded_name TEXT;
  ALTER TABLE transfer ADD COLUMN recorded_site TEXT;

  -- Where the destination's records ended when this stream was last committed.
  ALTER TABLE stream ADD COLUMN place_id TEXT;
  ALTER TABLE stream ADD COLUMN place_sequence INTEGER;
  ALTER TABLE stream ADD COLUMN place_hash TEXT;
  -- Whether the configuration no longer names the kind, and that was said.
  ALTER TABLE stream ADD COLUMN left_out INTEGER NOT NULL DEFAULT 0;

  -- Sweeps were noted with the first kind of a report only. A kind that began together with it was swept with it; one that
  -- was added later never was.
  UPDATE stream SET
    swept_at = (SELECT max(swept_at) FROM stream AS other WHERE other.transfer = stream.transfer
      AND other.since IS stream.since AND (other.kind LIKE 'presentation%') = (stream.kind LIKE 'presentation%')),
    sweep_position = (SELECT max(sweep_position) FROM stream AS other WHERE other.transfer = stream.transfer
      AND other.since IS stream.since AND (other.kind LIKE 'presentation%') = (stream.kind LIKE 'presentation%'))
  WHERE kind <> 'backups';
  UPDATE stream SET sweep_position = min(since, reached)
  WHERE kind <> 'backups' AND swept_at IS NULL AND sweep_position IS NULL AND reached IS NOT NULL;
  `,
];
