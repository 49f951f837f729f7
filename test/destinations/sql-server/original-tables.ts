/**
 * Tables as another product may have left them: the guide names columns but no types, so these are narrower and older
 * than ours, some columns of later releases are missing, and system_information refers to its session.
 */
export const originalTables = `
CREATE TABLE dbo.session (id INT IDENTITY(1,1) PRIMARY KEY, lsid VARCHAR(64) NOT NULL, type VARCHAR(32), start_time DATETIME,
  end_time DATETIME, duration VARCHAR(16), file_transfers INT, host_name NVARCHAR(128), external_key NVARCHAR(255),
  public_site_id INT NOT NULL DEFAULT 1, public_site_name NVARCHAR(100) NOT NULL DEFAULT 'Default', reviewed BIT NOT NULL DEFAULT 0);
CREATE TABLE dbo.session_event (id INT IDENTITY(1,1) PRIMARY KEY, session_id INT NOT NULL REFERENCES dbo.session (id),
  type NVARCHAR(64), event_time DATETIME, performed_by NVARCHAR(255), performed_by_type NVARCHAR(32), destination NVARCHAR(255),
  destination_type NVARCHAR(32));
CREATE TABLE dbo.session_event_data (id INT IDENTITY(1,1) PRIMARY KEY, session_event_id INT NOT NULL REFERENCES dbo.session_event (id),
  name NVARCHAR(255), value NVARCHAR(MAX));
CREATE TABLE dbo.system_information (id INT IDENTITY(1,1) PRIMARY KEY, session_id INT NOT NULL REFERENCES dbo.session (id),
  category NVARCHAR(64), information NVARCHAR(MAX));
CREATE TABLE dbo.representative (id INT IDENTITY(1,1) PRIMARY KEY, session_id INT NOT NULL REFERENCES dbo.session (id),
  gs_number INT, user_id INT, user_name NVARCHAR(255), display_name NVARCHAR(255), public_display_name NVARCHAR(255),
  display_number NVARCHAR(32), public_ip VARCHAR(64), private_ip VARCHAR(64), is_owner BIT NOT NULL, is_primary BIT NOT NULL,
  duration INT NOT NULL, host_name NVARCHAR(255), operating_system NVARCHAR(255));
CREATE TABLE dbo.customer (id INT IDENTITY(1,1) PRIMARY KEY, session_id INT NOT NULL REFERENCES dbo.session (id), gs_number INT,
  issue NVARCHAR(255), issue_description NVARCHAR(MAX), display_name NVARCHAR(20), company_name NVARCHAR(255), company_code NVARCHAR(255),
  public_ip VARCHAR(64), private_ip VARCHAR(64), rpat_support BIT NOT NULL, host_name NVARCHAR(255), operating_system NVARCHAR(255));
CREATE TABLE dbo.team (id INT IDENTITY(1,1) PRIMARY KEY, session_id INT NOT NULL REFERENCES dbo.session (id), team_id INT,
  name NVARCHAR(255), is_primary BIT);
INSERT INTO dbo.session (lsid, type, start_time, host_name) VALUES
  ('a1', 'support', '2020-01-02T03:04:05', N'support.example.com'), ('old', 'support', '2020-01-02T03:04:05', N'support.example.com'),
  ('a1', 'support', '2020-01-02T03:04:05', N'other.example.com');
INSERT INTO dbo.session_event (session_id, type) SELECT id, N'Session Start' FROM dbo.session;
INSERT INTO dbo.session_event_data (session_event_id, name, value) SELECT id, N'note', N'by hand' FROM dbo.session_event;
INSERT INTO dbo.system_information (session_id, category) SELECT id, N'General' FROM dbo.session;
`;
