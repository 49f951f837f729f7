-- Names and columns of the first eight tables are those that reports know. Instants are text in UTC:
-- 2026-11-22T10:00:00Z, which SQLite's date functions take and which sorts by time.

CREATE TABLE session (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  lsid TEXT NOT NULL,
  type TEXT,
  start_time TEXT,
  end_time TEXT,
  duration TEXT,
  file_transfers INTEGER,
  host_name TEXT NOT NULL COLLATE NOCASE,
  external_key TEXT,
  public_site_id INTEGER NOT NULL DEFAULT 1,
  public_site_name TEXT NOT NULL DEFAULT 'Default',
  lseq INTEGER,
  jump_group_id TEXT,
  jump_group_name TEXT,
  jump_group_type TEXT
);
CREATE UNIQUE INDEX session_lsid ON session (lsid, host_name);
CREATE INDEX session_start_time ON session (start_time);

CREATE TABLE representative (
  id INTEGER PRIMARY KEY,
  gs_number TEXT,
  session_id INTEGER NOT NULL REFERENCES session (id) ON DELETE CASCADE,
  user_id TEXT,
  user_name TEXT,
  display_name TEXT,
  public_display_name TEXT,
  display_number TEXT,
  public_ip TEXT,
  private_ip TEXT,
  is_owner INTEGER,
  is_primary INTEGER,
  duration INTEGER,
  host_name TEXT,
  operating_system TEXT
);
CREATE INDEX representative_session ON representative (session_id);

CREATE TABLE customer (
  id INTEGER PRIMARY KEY,
  session_id INTEGER NOT NULL REFERENCES session (id) ON DELETE CASCADE,
  gs_number TEXT,
  issue TEXT,
  issue_description TEXT,
  display_name TEXT,
  company_name TEXT,
  company_code TEXT,
  public_ip TEXT,
  private_ip TEXT,
  rpat_support INTEGER,
  host_name TEXT,
  operating_system TEXT
);
CREATE INDEX customer_session ON customer (session_id);

CREATE TABLE team (
  id INTEGER PRIMARY KEY,
  session_id INTEGER NOT NULL REFERENCES session (id) ON DELETE CASCADE,
  team_id TEXT,
  name TEXT,
  is_primary INTEGER
);
CREATE INDEX team_session ON team (session_id);

CREATE TABLE custom_attribute (
  id INTEGER PRIMARY KEY,
  session_id INTEGER NOT NULL REFERENCES session (id) ON DELETE CASCADE,
  display_name TEXT,
  code_name TEXT,
  value TEXT
);
CREATE INDEX custom_attribute_session ON custom_attribute (session_id);

CREATE TABLE session_event (
  id INTEGER PRIMARY KEY,
  session_id INTEGER NOT NULL REFERENCES session (id) ON DELETE CASCADE,
  type TEXT,
  event_time TEXT,
  performed_by TEXT,
  performed_by_type TEXT,
  destination TEXT,
  destination_type TEXT
);
CREATE INDEX session_event_session ON session_event (session_id);

CREATE TABLE session_event_data (
  id INTEGER PRIMARY KEY,
  session_event_id INTEGER NOT NULL REFERENCES session_event (id) ON DELETE CASCADE,
  name TEXT,
  value TEXT
);
CREATE INDEX session_event_data_event ON session_event_data (session_event_id);

CREATE TABLE system_information (
  id INTEGER PRIMARY KEY,
  session_event_id INTEGER NOT NULL REFERENCES session_event (id) ON DELETE CASCADE,
  session_id INTEGER NOT NULL REFERENCES session (id) ON DELETE CASCADE,
  category TEXT,
  information TEXT
);
CREATE INDEX system_information_event ON system_information (session_event_id);
CREATE INDEX system_information_session ON system_information (session_id);

CREATE TABLE presentation (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  lsid TEXT NOT NULL,
  type TEXT,
  start_time TEXT,
  end_time TEXT,
  duration TEXT,
  host_name TEXT NOT NULL COLLATE NOCASE,
  external_key TEXT,
  public_site_id INTEGER NOT NULL DEFAULT 1,
  public_site_name TEXT NOT NULL DEFAULT 'Default',
  lseq INTEGER,
  name TEXT,
  presenter_id TEXT,
  presenter TEXT
);
CREATE UNIQUE INDEX presentation_lsid ON presentation (lsid, host_name);

CREATE TABLE presentation_attendee (
  id INTEGER PRIMARY KEY,
  presentation_id INTEGER NOT NULL REFERENCES presentation (id) ON DELETE CASCADE,
  gs_number TEXT,
  name TEXT,
  public_ip TEXT,
  private_ip TEXT,
  host_name TEXT,
  operating_system TEXT
);
CREATE INDEX presentation_attendee_presentation ON presentation_attendee (presentation_id);

-- What was delivered, written in the transaction that delivered it. row_id is the id in session or presentation;
-- row_count counts the rows below it. mapping and system_information say how the record was made into rows.
CREATE TABLE ic_delivery (
  host_name TEXT NOT NULL COLLATE NOCASE,
  kind TEXT NOT NULL,
  lsid TEXT NOT NULL,
  row_id INTEGER NOT NULL,
  row_count INTEGER NOT NULL,
  content_hash TEXT NOT NULL,
  mapping INTEGER NOT NULL,
  system_information INTEGER NOT NULL,
  site TEXT NOT NULL,
  transfer TEXT NOT NULL,
  delivered_at TEXT NOT NULL,
  PRIMARY KEY (host_name, kind, lsid)
) WITHOUT ROWID;
CREATE INDEX ic_delivery_site ON ic_delivery (site, kind, lsid);

-- How far each transfer has come with a site.
CREATE TABLE ic_watermark (
  transfer TEXT NOT NULL,
  site TEXT NOT NULL,
  kind TEXT NOT NULL,
  watermark TEXT NOT NULL,
  updated_at TEXT NOT NULL,
  PRIMARY KEY (transfer, site, kind)
) WITHOUT ROWID;
