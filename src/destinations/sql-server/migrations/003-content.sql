-- A record is known by its site, not by the site's host, which may change or be shared. So host and LSID are no key any
-- more, where ic made them one: ic_delivery says which row belongs to which session. Some servers add to an index's name.
IF EXISTS (SELECT 1 FROM sys.indexes WHERE object_id = OBJECT_ID(N'dbo.session') AND is_unique = 1 AND LEFT(name, 15) = N'ic_session_lsid')
BEGIN
  DROP INDEX ic_session_lsid ON dbo.session;
  CREATE INDEX ic_session_lsid ON dbo.session (lsid, host_name);
END;
GO
IF EXISTS (SELECT 1 FROM sys.indexes WHERE object_id = OBJECT_ID(N'dbo.presentation') AND is_unique = 1 AND LEFT(name, 20) = N'ic_presentation_lsid')
BEGIN
  DROP INDEX ic_presentation_lsid ON dbo.presentation;
  CREATE INDEX ic_presentation_lsid ON dbo.presentation (lsid, host_name);
END;
GO

-- LSIDs that differ in case are two, whatever the database's collation. rows_digest says what the record's rows held
-- when they were written; NULL where version 0.1.0 wrote them.
SELECT site, kind, lsid, host_name, row_id, row_count, content_hash, mapping, system_information, transfer, delivered_at
  INTO #ic_delivery_before FROM dbo.ic_delivery;
GO
DROP TABLE dbo.ic_delivery;
GO
CREATE TABLE dbo.ic_delivery (
  site NVARCHAR(255) NOT NULL,
  kind NVARCHAR(32) NOT NULL,
  lsid NVARCHAR(128) COLLATE Latin1_General_BIN2 NOT NULL,
  host_name NVARCHAR(255) NOT NULL,
  row_id BIGINT NOT NULL,
  row_count INT NOT NULL,
  rows_digest NVARCHAR(80) NULL,
  content_hash NVARCHAR(80) NOT NULL,
  mapping INT NOT NULL,
  system_information INT NOT NULL,
  transfer NVARCHAR(255) NOT NULL,
  delivered_at DATETIME2(3) NOT NULL,
  PRIMARY KEY (site, kind, lsid)
);
GO
-- Where a host was changed under version 0.1.0, a session has two rows: the later one is gone on with.
INSERT INTO dbo.ic_delivery (site, kind, lsid, host_name, row_id, row_count, content_hash, mapping, system_information, transfer, delivered_at)
  SELECT x.site, x.kind, x.lsid, x.host_name, x.row_id, x.row_count, x.content_hash, x.mapping, x.system_information, x.transfer, x.delivered_at
  FROM (
    SELECT b.*, ROW_NUMBER() OVER (PARTITION BY b.site, b.kind, b.lsid COLLATE Latin1_General_BIN2 ORDER BY b.delivered_at DESC, b.row_id DESC) AS place
    FROM #ic_delivery_before b
  ) x
  WHERE x.place = 1;
GO
DROP TABLE #ic_delivery_before;
GO
CREATE INDEX ic_delivery_row ON dbo.ic_delivery (kind, row_id);
GO

-- How many delivery records there are of a kind, and the sum of their digests in four parts of 48 bits, so that one that
-- is deleted is missed.
CREATE TABLE dbo.ic_tally (
  kind NVARCHAR(32) NOT NULL PRIMARY KEY,
  records BIGINT NOT NULL,
  digest_a BIGINT NOT NULL,
  digest_b BIGINT NOT NULL,
  digest_c BIGINT NOT NULL,
  digest_d BIGINT NOT NULL
);
GO
INSERT INTO dbo.ic_tally (kind, records, digest_a, digest_b, digest_c, digest_d)
  SELECT N'sessions', COUNT(*), 0, 0, 0, 0 FROM dbo.ic_delivery WHERE kind = N'sessions';
INSERT INTO dbo.ic_tally (kind, records, digest_a, digest_b, digest_c, digest_d)
  SELECT N'presentations', COUNT(*), 0, 0, 0, 0 FROM dbo.ic_delivery WHERE kind = N'presentations';
GO

-- Rows up to this id that no delivery record names are none of ours, and are left out of account.
CREATE TABLE dbo.ic_foreign (
  table_name NVARCHAR(128) NOT NULL PRIMARY KEY,
  up_to BIGINT NOT NULL
);
GO
INSERT INTO dbo.ic_foreign (table_name, up_to) SELECT N'session', COALESCE(MAX(id), 0) FROM dbo.session;
INSERT INTO dbo.ic_foreign (table_name, up_to) SELECT N'representative', COALESCE(MAX(id), 0) FROM dbo.representative;
INSERT INTO dbo.ic_foreign (table_name, up_to) SELECT N'customer', COALESCE(MAX(id), 0) FROM dbo.customer;
INSERT INTO dbo.ic_foreign (table_name, up_to) SELECT N'team', COALESCE(MAX(id), 0) FROM dbo.team;
INSERT INTO dbo.ic_foreign (table_name, up_to) SELECT N'custom_attribute', COALESCE(MAX(id), 0) FROM dbo.custom_attribute;
INSERT INTO dbo.ic_foreign (table_name, up_to) SELECT N'session_event', COALESCE(MAX(id), 0) FROM dbo.session_event;
INSERT INTO dbo.ic_foreign (table_name, up_to) SELECT N'session_event_data', COALESCE(MAX(id), 0) FROM dbo.session_event_data;
INSERT INTO dbo.ic_foreign (table_name, up_to) SELECT N'system_information', COALESCE(MAX(id), 0) FROM dbo.system_information;
INSERT INTO dbo.ic_foreign (table_name, up_to) SELECT N'presentation', COALESCE(MAX(id), 0) FROM dbo.presentation;
INSERT INTO dbo.ic_foreign (table_name, up_to) SELECT N'presentation_attendee', COALESCE(MAX(id), 0) FROM dbo.presentation_attendee;
