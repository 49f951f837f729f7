-- From where on all sessions that ended up to the watermark are here; NULL in rows of version 0.1.0.
ALTER TABLE ic_watermark ADD COLUMN since TEXT;

-- What tells this database from any other: one row.
CREATE TABLE ic_destination (
  id TEXT NOT NULL PRIMARY KEY,
  created_at TEXT NOT NULL
) WITHOUT ROWID;

-- Counts the transactions in which a transfer changed something: a copy that was restored shows.
CREATE TABLE ic_transfer (
  name TEXT NOT NULL PRIMARY KEY,
  sequence INTEGER NOT NULL
) WITHOUT ROWID;
