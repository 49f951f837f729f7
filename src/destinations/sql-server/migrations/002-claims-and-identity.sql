-- From where on all sessions that ended up to the watermark are here; NULL in rows of version 0.1.0.
ALTER TABLE dbo.ic_watermark ADD since DATETIME2(3) NULL;
GO

-- What tells this database from any other: one row.
CREATE TABLE dbo.ic_destination (
  id NVARCHAR(64) NOT NULL PRIMARY KEY,
  created_at DATETIME2(3) NOT NULL
);
GO

-- Counts the transactions in which a transfer changed something: a copy that was restored shows.
CREATE TABLE dbo.ic_transfer (
  name NVARCHAR(200) NOT NULL PRIMARY KEY,
  sequence BIGINT NOT NULL
);
