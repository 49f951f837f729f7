-- Names and columns of the first eight tables are those that reports know. Instants are UTC. A database that the
-- original product has filled is taken as it stands: what is missing is added, one column at a time; nothing is
-- dropped or altered. Every statement says for itself whether it is needed. Batches end with GO.
IF OBJECT_ID(N'dbo.session') IS NULL
CREATE TABLE dbo.session (
  id INT IDENTITY(1,1) NOT NULL PRIMARY KEY,
  lsid NVARCHAR(128) NOT NULL,
  type NVARCHAR(255) NULL,
  start_time DATETIME2(3) NULL,
  end_time DATETIME2(3) NULL,
  duration NVARCHAR(64) NULL,
  file_transfers INT NULL,
  host_name NVARCHAR(255) NOT NULL,
  external_key NVARCHAR(MAX) NULL,
  public_site_id INT NULL,
  public_site_name NVARCHAR(MAX) NULL,
  lseq BIGINT NULL,
  jump_group_id NVARCHAR(255) NULL,
  jump_group_name NVARCHAR(MAX) NULL,
  jump_group_type NVARCHAR(255) NULL
);
GO
IF COL_LENGTH(N'dbo.session', N'type') IS NULL ALTER TABLE dbo.session ADD type NVARCHAR(255) NULL;
IF COL_LENGTH(N'dbo.session', N'start_time') IS NULL ALTER TABLE dbo.session ADD start_time DATETIME2(3) NULL;
IF COL_LENGTH(N'dbo.session', N'end_time') IS NULL ALTER TABLE dbo.session ADD end_time DATETIME2(3) NULL;
IF COL_LENGTH(N'dbo.session', N'duration') IS NULL ALTER TABLE dbo.session ADD duration NVARCHAR(64) NULL;
IF COL_LENGTH(N'dbo.session', N'file_transfers') IS NULL ALTER TABLE dbo.session ADD file_transfers INT NULL;
IF COL_LENGTH(N'dbo.session', N'external_key') IS NULL ALTER TABLE dbo.session ADD external_key NVARCHAR(MAX) NULL;
IF COL_LENGTH(N'dbo.session', N'public_site_id') IS NULL ALTER TABLE dbo.session ADD public_site_id INT NULL;
IF COL_LENGTH(N'dbo.session', N'public_site_name') IS NULL ALTER TABLE dbo.session ADD public_site_name NVARCHAR(MAX) NULL;
IF COL_LENGTH(N'dbo.session', N'lseq') IS NULL ALTER TABLE dbo.session ADD lseq BIGINT NULL;
IF COL_LENGTH(N'dbo.session', N'jump_group_id') IS NULL ALTER TABLE dbo.session ADD jump_group_id NVARCHAR(255) NULL;
IF COL_LENGTH(N'dbo.session', N'jump_group_name') IS NULL ALTER TABLE dbo.session ADD jump_group_name NVARCHAR(MAX) NULL;
IF COL_LENGTH(N'dbo.session', N'jump_group_type') IS NULL ALTER TABLE dbo.session ADD jump_group_type NVARCHAR(255) NULL;
GO
IF OBJECT_ID(N'dbo.representative') IS NULL
CREATE TABLE dbo.representative (
  id INT IDENTITY(1,1) NOT NULL PRIMARY KEY,
  gs_number NVARCHAR(255) NULL,
  session_id INT NOT NULL REFERENCES dbo.session (id),
  user_id NVARCHAR(255) NULL,
  user_name NVARCHAR(MAX) NULL,
  display_name NVARCHAR(MAX) NULL,
  public_display_name NVARCHAR(MAX) NULL,
  display_number NVARCHAR(255) NULL,
  public_ip NVARCHAR(255) NULL,
  private_ip NVARCHAR(255) NULL,
  is_owner INT NULL,
  is_primary INT NULL,
  duration INT NULL,
  host_name NVARCHAR(MAX) NULL,
  operating_system NVARCHAR(MAX) NULL
);
GO
IF COL_LENGTH(N'dbo.representative', N'gs_number') IS NULL ALTER TABLE dbo.representative ADD gs_number NVARCHAR(255) NULL;
IF COL_LENGTH(N'dbo.representative', N'user_id') IS NULL ALTER TABLE dbo.representative ADD user_id NVARCHAR(255) NULL;
IF COL_LENGTH(N'dbo.representative', N'user_name') IS NULL ALTER TABLE dbo.representative ADD user_name NVARCHAR(MAX) NULL;
IF COL_LENGTH(N'dbo.representative', N'display_name') IS NULL ALTER TABLE dbo.representative ADD display_name NVARCHAR(MAX) NULL;
IF COL_LENGTH(N'dbo.representative', N'public_display_name') IS NULL ALTER TABLE dbo.representative ADD public_display_name NVARCHAR(MAX) NULL;
IF COL_LENGTH(N'dbo.representative', N'display_number') IS NULL ALTER TABLE dbo.representative ADD display_number NVARCHAR(255) NULL;
IF COL_LENGTH(N'dbo.representative', N'public_ip') IS NULL ALTER TABLE dbo.representative ADD public_ip NVARCHAR(255) NULL;
IF COL_LENGTH(N'dbo.representative', N'private_ip') IS NULL ALTER TABLE dbo.representative ADD private_ip NVARCHAR(255) NULL;
IF COL_LENGTH(N'dbo.representative', N'is_owner') IS NULL ALTER TABLE dbo.representative ADD is_owner INT NULL;
IF COL_LENGTH(N'dbo.representative', N'is_primary') IS NULL ALTER TABLE dbo.representative ADD is_primary INT NULL;
IF COL_LENGTH(N'dbo.representative', N'duration') IS NULL ALTER TABLE dbo.representative ADD duration INT NULL;
IF COL_LENGTH(N'dbo.representative', N'host_name') IS NULL ALTER TABLE dbo.representative ADD host_name NVARCHAR(MAX) NULL;
IF COL_LENGTH(N'dbo.representative', N'operating_system') IS NULL ALTER TABLE dbo.representative ADD operating_system NVARCHAR(MAX) NULL;
GO
IF OBJECT_ID(N'dbo.customer') IS NULL
CREATE TABLE dbo.customer (
  id INT IDENTITY(1,1) NOT NULL PRIMARY KEY,
  session_id INT NOT NULL REFERENCES dbo.session (id),
  gs_number NVARCHAR(255) NULL,
  issue NVARCHAR(MAX) NULL,
  issue_description NVARCHAR(MAX) NULL,
  display_name NVARCHAR(MAX) NULL,
  company_name NVARCHAR(MAX) NULL,
  company_code NVARCHAR(MAX) NULL,
  public_ip NVARCHAR(255) NULL,
  private_ip NVARCHAR(255) NULL,
  rpat_support INT NULL,
  host_name NVARCHAR(MAX) NULL,
  operating_system NVARCHAR(MAX) NULL
);
GO
IF COL_LENGTH(N'dbo.customer', N'gs_number') IS NULL ALTER TABLE dbo.customer ADD gs_number NVARCHAR(255) NULL;
IF COL_LENGTH(N'dbo.customer', N'issue') IS NULL ALTER TABLE dbo.customer ADD issue NVARCHAR(MAX) NULL;
IF COL_LENGTH(N'dbo.customer', N'issue_description') IS NULL ALTER TABLE dbo.customer ADD issue_description NVARCHAR(MAX) NULL;
IF COL_LENGTH(N'dbo.customer', N'display_name') IS NULL ALTER TABLE dbo.customer ADD display_name NVARCHAR(MAX) NULL;
IF COL_LENGTH(N'dbo.customer', N'company_name') IS NULL ALTER TABLE dbo.customer ADD company_name NVARCHAR(MAX) NULL;
IF COL_LENGTH(N'dbo.customer', N'company_code') IS NULL ALTER TABLE dbo.customer ADD company_code NVARCHAR(MAX) NULL;
IF COL_LENGTH(N'dbo.customer', N'public_ip') IS NULL ALTER TABLE dbo.customer ADD public_ip NVARCHAR(255) NULL;
IF COL_LENGTH(N'dbo.customer', N'private_ip') IS NULL ALTER TABLE dbo.customer ADD private_ip NVARCHAR(255) NULL;
IF COL_LENGTH(N'dbo.customer', N'rpat_support') IS NULL ALTER TABLE dbo.customer ADD rpat_support INT NULL;
IF COL_LENGTH(N'dbo.customer', N'host_name') IS NULL ALTER TABLE dbo.customer ADD host_name NVARCHAR(MAX) NULL;
IF COL_LENGTH(N'dbo.customer', N'operating_system') IS NULL ALTER TABLE dbo.customer ADD operating_system NVARCHAR(MAX) NULL;
GO
IF OBJECT_ID(N'dbo.team') IS NULL
CREATE TABLE dbo.team (
  id INT IDENTITY(1,1) NOT NULL PRIMARY KEY,
  session_id INT NOT NULL REFERENCES dbo.session (id),
  team_id NVARCHAR(255) NULL,
  name NVARCHAR(MAX) NULL,
  is_primary INT NULL
);
GO
IF COL_LENGTH(N'dbo.team', N'team_id') IS NULL ALTER TABLE dbo.team ADD team_id NVARCHAR(255) NULL;
IF COL_LENGTH(N'dbo.team', N'name') IS NULL ALTER TABLE dbo.team ADD name NVARCHAR(MAX) NULL;
IF COL_LENGTH(N'dbo.team', N'is_primary') IS NULL ALTER TABLE dbo.team ADD is_primary INT NULL;
GO
IF OBJECT_ID(N'dbo.custom_attribute') IS NULL
CREATE TABLE dbo.custom_attribute (
  id INT IDENTITY(1,1) NOT NULL PRIMARY KEY,
  session_id INT NOT NULL REFERENCES dbo.session (id),
  display_name NVARCHAR(MAX) NULL,
  code_name NVARCHAR(255) NULL,
  value NVARCHAR(MAX) NULL
);
GO
IF COL_LENGTH(N'dbo.custom_attribute', N'display_name') IS NULL ALTER TABLE dbo.custom_attribute ADD display_name NVARCHAR(MAX) NULL;
IF COL_LENGTH(N'dbo.custom_attribute', N'code_name') IS NULL ALTER TABLE dbo.custom_attribute ADD code_name NVARCHAR(255) NULL;
IF COL_LENGTH(N'dbo.custom_attribute', N'value') IS NULL ALTER TABLE dbo.custom_attribute ADD value NVARCHAR(MAX) NULL;
GO
IF OBJECT_ID(N'dbo.session_event') IS NULL
CREATE TABLE dbo.session_event (
  id BIGINT IDENTITY(1,1) NOT NULL PRIMARY KEY,
  session_id INT NOT NULL REFERENCES dbo.session (id),
  type NVARCHAR(MAX) NULL,
  event_time DATETIME2(3) NULL,
  performed_by NVARCHAR(MAX) NULL,
  performed_by_type NVARCHAR(255) NULL,
  destination NVARCHAR(MAX) NULL,
  destination_type NVARCHAR(255) NULL
);
GO
IF COL_LENGTH(N'dbo.session_event', N'type') IS NULL ALTER TABLE dbo.session_event ADD type NVARCHAR(MAX) NULL;
IF COL_LENGTH(N'dbo.session_event', N'event_time') IS NULL ALTER TABLE dbo.session_event ADD event_time DATETIME2(3) NULL;
IF COL_LENGTH(N'dbo.session_event', N'performed_by') IS NULL ALTER TABLE dbo.session_event ADD performed_by NVARCHAR(MAX) NULL;
IF COL_LENGTH(N'dbo.session_event', N'performed_by_type') IS NULL ALTER TABLE dbo.session_event ADD performed_by_type NVARCHAR(255) NULL;
IF COL_LENGTH(N'dbo.session_event', N'destination') IS NULL ALTER TABLE dbo.session_event ADD destination NVARCHAR(MAX) NULL;
IF COL_LENGTH(N'dbo.session_event', N'destination_type') IS NULL ALTER TABLE dbo.session_event ADD destination_type NVARCHAR(255) NULL;
GO
IF OBJECT_ID(N'dbo.session_event_data') IS NULL
CREATE TABLE dbo.session_event_data (
  id BIGINT IDENTITY(1,1) NOT NULL PRIMARY KEY,
  session_event_id BIGINT NOT NULL REFERENCES dbo.session_event (id),
  name NVARCHAR(MAX) NULL,
  value NVARCHAR(MAX) NULL
);
GO
IF COL_LENGTH(N'dbo.session_event_data', N'name') IS NULL ALTER TABLE dbo.session_event_data ADD name NVARCHAR(MAX) NULL;
IF COL_LENGTH(N'dbo.session_event_data', N'value') IS NULL ALTER TABLE dbo.session_event_data ADD value NVARCHAR(MAX) NULL;
GO
IF OBJECT_ID(N'dbo.system_information') IS NULL
CREATE TABLE dbo.system_information (
  id BIGINT IDENTITY(1,1) NOT NULL PRIMARY KEY,
  session_event_id BIGINT NULL REFERENCES dbo.session_event (id),
  session_id INT NULL REFERENCES dbo.session (id),
  category NVARCHAR(MAX) NULL,
  information NVARCHAR(MAX) NULL
);
GO
IF COL_LENGTH(N'dbo.system_information', N'session_event_id') IS NULL ALTER TABLE dbo.system_information ADD session_event_id BIGINT NULL;
IF COL_LENGTH(N'dbo.system_information', N'session_id') IS NULL ALTER TABLE dbo.system_information ADD session_id INT NULL;
IF COL_LENGTH(N'dbo.system_information', N'category') IS NULL ALTER TABLE dbo.system_information ADD category NVARCHAR(MAX) NULL;
IF COL_LENGTH(N'dbo.system_information', N'information') IS NULL ALTER TABLE dbo.system_information ADD information NVARCHAR(MAX) NULL;
GO
IF OBJECT_ID(N'dbo.presentation') IS NULL
CREATE TABLE dbo.presentation (
  id INT IDENTITY(1,1) NOT NULL PRIMARY KEY,
  lsid NVARCHAR(128) NOT NULL,
  type NVARCHAR(255) NULL,
  start_time DATETIME2(3) NULL,
  end_time DATETIME2(3) NULL,
  duration NVARCHAR(64) NULL,
  host_name NVARCHAR(255) NOT NULL,
  external_key NVARCHAR(MAX) NULL,
  public_site_id INT NULL,
  public_site_name NVARCHAR(MAX) NULL,
  lseq BIGINT NULL,
  name NVARCHAR(MAX) NULL,
  presenter_id NVARCHAR(255) NULL,
  presenter NVARCHAR(MAX) NULL
);
GO
IF OBJECT_ID(N'dbo.presentation_attendee') IS NULL
CREATE TABLE dbo.presentation_attendee (
  id INT IDENTITY(1,1) NOT NULL PRIMARY KEY,
  presentation_id INT NOT NULL REFERENCES dbo.presentation (id),
  gs_number NVARCHAR(255) NULL,
  name NVARCHAR(MAX) NULL,
  public_ip NVARCHAR(255) NULL,
  private_ip NVARCHAR(255) NULL,
  host_name NVARCHAR(MAX) NULL,
  operating_system NVARCHAR(MAX) NULL
);
GO

-- Indexes, where none begins with the column yet: names say nothing in every server's catalogue. One on a session's
-- LSID is unique where the rows that are there allow it, and left out where the column is too long for one.
IF NOT EXISTS (
  SELECT 1 FROM sys.index_columns i JOIN sys.columns c ON c.object_id = i.object_id AND c.column_id = i.column_id
  WHERE i.object_id = OBJECT_ID(N'dbo.session') AND i.key_ordinal = 1 AND c.name = N'lsid'
)
AND COL_LENGTH(N'dbo.session', N'lsid') BETWEEN 1 AND 900
BEGIN
  IF COL_LENGTH(N'dbo.session', N'host_name') < 0 OR COL_LENGTH(N'dbo.session', N'lsid') + COL_LENGTH(N'dbo.session', N'host_name') > 900
    CREATE INDEX ic_session_lsid ON dbo.session (lsid);
  ELSE IF EXISTS (SELECT 1 FROM dbo.session GROUP BY lsid, host_name HAVING COUNT(*) > 1)
    CREATE INDEX ic_session_lsid ON dbo.session (lsid, host_name);
  ELSE
    CREATE UNIQUE INDEX ic_session_lsid ON dbo.session (lsid, host_name);
END;
GO
CREATE UNIQUE INDEX ic_presentation_lsid ON dbo.presentation (lsid, host_name);
GO
IF NOT EXISTS (
  SELECT 1 FROM sys.index_columns i JOIN sys.columns c ON c.object_id = i.object_id AND c.column_id = i.column_id
  WHERE i.object_id = OBJECT_ID(N'dbo.session') AND i.key_ordinal = 1 AND c.name = N'start_time'
)
CREATE INDEX ic_session_start_time ON dbo.session (start_time);
GO
IF NOT EXISTS (
  SELECT 1 FROM sys.index_columns i JOIN sys.columns c ON c.object_id = i.object_id AND c.column_id = i.column_id
  WHERE i.object_id = OBJECT_ID(N'dbo.representative') AND i.key_ordinal = 1 AND c.name = N'session_id'
)
CREATE INDEX ic_representative_session ON dbo.representative (session_id);
GO
IF NOT EXISTS (
  SELECT 1 FROM sys.index_columns i JOIN sys.columns c ON c.object_id = i.object_id AND c.column_id = i.column_id
  WHERE i.object_id = OBJECT_ID(N'dbo.customer') AND i.key_ordinal = 1 AND c.name = N'session_id'
)
CREATE INDEX ic_customer_session ON dbo.customer (session_id);
GO
IF NOT EXISTS (
  SELECT 1 FROM sys.index_columns i JOIN sys.columns c ON c.object_id = i.object_id AND c.column_id = i.column_id
  WHERE i.object_id = OBJECT_ID(N'dbo.team') AND i.key_ordinal = 1 AND c.name = N'session_id'
)
CREATE INDEX ic_team_session ON dbo.team (session_id);
GO
IF NOT EXISTS (
  SELECT 1 FROM sys.index_columns i JOIN sys.columns c ON c.object_id = i.object_id AND c.column_id = i.column_id
  WHERE i.object_id = OBJECT_ID(N'dbo.custom_attribute') AND i.key_ordinal = 1 AND c.name = N'session_id'
)
CREATE INDEX ic_custom_attribute_session ON dbo.custom_attribute (session_id);
GO
IF NOT EXISTS (
  SELECT 1 FROM sys.index_columns i JOIN sys.columns c ON c.object_id = i.object_id AND c.column_id = i.column_id
  WHERE i.object_id = OBJECT_ID(N'dbo.session_event') AND i.key_ordinal = 1 AND c.name = N'session_id'
)
CREATE INDEX ic_session_event_session ON dbo.session_event (session_id);
GO
IF NOT EXISTS (
  SELECT 1 FROM sys.index_columns i JOIN sys.columns c ON c.object_id = i.object_id AND c.column_id = i.column_id
  WHERE i.object_id = OBJECT_ID(N'dbo.session_event_data') AND i.key_ordinal = 1 AND c.name = N'session_event_id'
)
CREATE INDEX ic_session_event_data_event ON dbo.session_event_data (session_event_id);
GO
IF NOT EXISTS (
  SELECT 1 FROM sys.index_columns i JOIN sys.columns c ON c.object_id = i.object_id AND c.column_id = i.column_id
  WHERE i.object_id = OBJECT_ID(N'dbo.system_information') AND i.key_ordinal = 1 AND c.name = N'session_event_id'
)
CREATE INDEX ic_system_information_event ON dbo.system_information (session_event_id);
GO
IF NOT EXISTS (
  SELECT 1 FROM sys.index_columns i JOIN sys.columns c ON c.object_id = i.object_id AND c.column_id = i.column_id
  WHERE i.object_id = OBJECT_ID(N'dbo.system_information') AND i.key_ordinal = 1 AND c.name = N'session_id'
)
CREATE INDEX ic_system_information_session ON dbo.system_information (session_id);
GO
CREATE INDEX ic_presentation_attendee_presentation ON dbo.presentation_attendee (presentation_id);
GO

-- What was delivered, written in the transaction that delivered it. row_id is the id in session or presentation;
-- row_count counts the rows below it. mapping and system_information say how the record was made into rows.
CREATE TABLE dbo.ic_delivery (
  host_name NVARCHAR(255) NOT NULL,
  kind NVARCHAR(32) NOT NULL,
  lsid NVARCHAR(128) NOT NULL,
  row_id INT NOT NULL,
  row_count INT NOT NULL,
  content_hash NVARCHAR(64) NOT NULL,
  mapping INT NOT NULL,
  system_information INT NOT NULL,
  site NVARCHAR(255) NOT NULL,
  transfer NVARCHAR(255) NOT NULL,
  delivered_at DATETIME2(3) NOT NULL,
  PRIMARY KEY (lsid, kind, host_name)
);
GO
CREATE INDEX ic_delivery_site ON dbo.ic_delivery (kind, lsid);
GO

-- How far each transfer has come with a site. NVARCHAR(200), so that the key stays within 900 bytes.
CREATE TABLE dbo.ic_watermark (
  transfer NVARCHAR(200) NOT NULL,
  site NVARCHAR(200) NOT NULL,
  kind NVARCHAR(32) NOT NULL,
  watermark DATETIME2(3) NOT NULL,
  updated_at DATETIME2(3) NOT NULL,
  PRIMARY KEY (transfer, site, kind)
);
