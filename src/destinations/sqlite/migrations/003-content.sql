-- A record is known by its site, not by the site's host, which may change or be shared. So host and LSID are no key any
-- more: ic_delivery says which row belongs to which session.
-- LSIDs are random: in one index of all of them, each record of a first pull has a page of its own written anew, again and
-- again. So these indexes are in parts, one for each 16,384 or 32,768 ids, and a search looks into all parts.
DROP INDEX session_lsid;
CREATE INDEX session_lsid ON session (id >> 14, lsid);
DROP INDEX presentation_lsid;
CREATE INDEX presentation_lsid ON presentation (id >> 14, lsid);
-- With these figures, SQLite uses them for any query by LSID.
ANALYZE sqlite_schema;
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
  ('session', 'session_lsid', '1000000 16384 1'),
  ('presentation', 'presentation_lsid', '1000000 16384 1');

-- rows_digest says what the record's rows held when they were written; NULL where version 0.1.0 wrote them.
ALTER TABLE ic_delivery RENAME TO ic_delivery_before;
CREATE TABLE ic_delivery (
  id INTEGER PRIMARY KEY,
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
  delivered_at TEXT NOT NULL
);
-- Where a host was changed under version 0.1.0, a session has two rows: the later one is gone on with.
INSERT INTO ic_delivery (site, kind, lsid, host_name, row_id, row_count, content_hash, mapping, system_information,
    transfer, delivered_at)
  SELECT site, kind, lsid, host_name, row_id, row_count, content_hash, mapping, system_information, transfer, delivered_at
  FROM ic_delivery_before b
  WHERE NOT EXISTS (SELECT 1 FROM ic_delivery_before o WHERE o.site = b.site AND o.kind = b.kind AND o.lsid = b.lsid
    AND (o.delivered_at, o.row_id) > (b.delivered_at, b.row_id))
  ORDER BY kind, row_id;
DROP TABLE ic_delivery_before;
-- Site, kind and LSID are the key. The ends of LSIDs find it.
CREATE INDEX ic_delivery_lsid ON ic_delivery (row_id >> 15, substr(lsid, -8));
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
