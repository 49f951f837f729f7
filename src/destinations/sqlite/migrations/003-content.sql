-- A record is known by its site, not by the site's host, which may change or be shared. So host and LSID are no key any
-- more: ic_delivery says which row belongs to which session.
DROP INDEX session_lsid;
CREATE INDEX session_lsid ON session (lsid, host_name);
DROP INDEX presentation_lsid;
CREATE INDEX presentation_lsid ON presentation (lsid, host_name);

-- rows_digest says what the record's rows held when they were written; NULL where version 0.1.0 wrote them.
ALTER TABLE ic_delivery RENAME TO ic_delivery_before;
CREATE TABLE ic_delivery (
  site TEXT NOT NULL,
  kind TEXT NOT NULL,
  lsid TEXT NOT NULL,
  host_name TEXT NOT NULL COLLATE NOCASE,
  row_id INTEGER NOT NULL,
  row_count INTEGER NOT NULL,
  rows_digest TEXT,
  content_hash TEXT NOT NULL,
  mapping INTEGER NOT NULL,
  system_information INTEGER NOT NULL,
  transfer TEXT NOT NULL,
  delivered_at TEXT NOT NULL,
  PRIMARY KEY (site, kind, lsid)
) WITHOUT ROWID;
-- Where a host was changed under version 0.1.0, a session has two rows: the later one is gone on with.
INSERT OR REPLACE INTO ic_delivery (site, kind, lsid, host_name, row_id, row_count, content_hash, mapping,
    system_information, transfer, delivered_at)
  SELECT site, kind, lsid, host_name, row_id, row_count, content_hash, mapping, system_information, transfer, delivered_at
  FROM ic_delivery_before ORDER BY delivered_at, row_id;
DROP TABLE ic_delivery_before;
CREATE INDEX ic_delivery_row ON ic_delivery (kind, row_id);

-- How many delivery records there are of a kind, and the sum of their digests in four parts of 48 bits, so that one that
-- is deleted is missed.
CREATE TABLE ic_tally (
  kind TEXT NOT NULL PRIMARY KEY,
  records INTEGER NOT NULL,
  digest_a INTEGER NOT NULL,
  digest_b INTEGER NOT NULL,
  digest_c INTEGER NOT NULL,
  digest_d INTEGER NOT NULL
) WITHOUT ROWID;
INSERT INTO ic_tally VALUES
  ('sessions', (SELECT count(*) FROM ic_delivery WHERE kind = 'sessions'), 0, 0, 0, 0),
  ('presentations', (SELECT count(*) FROM ic_delivery WHERE kind = 'presentations'), 0, 0, 0, 0);

-- Rows up to this id that no delivery record names are none of ours, and are left out of account.
CREATE TABLE ic_foreign (
  table_name TEXT NOT NULL PRIMARY KEY,
  up_to INTEGER NOT NULL
) WITHOUT ROWID;
