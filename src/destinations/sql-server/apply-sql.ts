import { columnsOf, references, type TableName } from '../sql/tables.ts';

/**
 * The T-SQL that makes the rows of the #tables into rows of the tables. It keeps to what SQL Server 2012 and later,
 * Azure SQL and Babelfish all take: no MERGE, no lock hints that anything depends on.
 */

const columnTypes = {
  text: 'NVARCHAR(MAX) COLLATE DATABASE_DEFAULT NULL',
  integer: 'BIGINT NULL',
  time: 'DATETIME2(0) NULL',
} as const;

type Root = 'session' | 'presentation';

const childrenOf: Readonly<Record<Root, readonly TableName[]>> = {
  session: ['representative', 'customer', 'team', 'custom_attribute'],
  presentation: ['presentation_attendee'],
};

/** Creates the #tables of one kind of record, or empties those that the connection has from before. */
export function stagingSql(root: Root): string {
  const rootColumns =
    'id BIGINT NULL, row_count BIGINT NULL, content_hash NVARCHAR(80) COLLATE DATABASE_DEFAULT NULL';
  const tables: (readonly [string, string])[] = [[`#ic_${root}`, stagingColumns(root, rootColumns)]];
  for (const child of childrenOf[root])
    tables.push([`#ic_${child}`, stagingColumns(child, 'parent BIGINT NULL')]);
  tables.push(['#ic_new', 'id BIGINT NOT NULL PRIMARY KEY']);
  if (root === 'session') {
    for (const table of ['session_event', 'session_event_data', 'system_information'] as const)
      tables.push([`#ic_${table}`, stagingColumns(table, 'parent BIGINT NULL')]);
    tables.push(['#ic_new_event', 'id BIGINT NOT NULL PRIMARY KEY']);
    tables.push(['#ic_place', 'ordinal BIGINT NOT NULL PRIMARY KEY, id BIGINT NOT NULL']);
  }
  return tables
    .map(
      ([name, columns]) =>
        `IF OBJECT_ID(N'tempdb..${name}') IS NULL CREATE TABLE ${name} (${columns}) ELSE TRUNCATE TABLE ${name};`,
    )
    .join('\n');
}

function stagingColumns(table: TableName, leading: string): string {
  const own = columnsOf(table).map(({ name, type }) => `${name} ${columnTypes[type]}`);
  return ['ordinal INT NOT NULL PRIMARY KEY', leading, ...own].join(', ');
}

/**
 * Replaces and adds. Server and script agree on which new id belongs to which row because identities are given out in
 * the order of ORDER BY: the n-th smallest new id is the n-th new row's. New records stand before known ones.
 */
export function applySql(root: Root): string {
  return [
    'SET NOCOUNT ON; SET XACT_ABORT ON;',
    update(root),
    ...(root === 'session' ? removeBelowSession() : []),
    ...childrenOf[root].map((child) => remove(child, root)),
    insertRoots(root),
    ...childrenOf[root].map((child) => insertChildren(child, root)),
    ...(root === 'session' ? insertEvents() : []),
    noteDeliveries(root),
    `SELECT ordinal, id FROM #ic_${root} ORDER BY ordinal;`,
  ].join('\n');
}

function update(root: Root): string {
  const assignments = names(root).map((name) => `${name} = t.${name}`);
  return `UPDATE r SET ${assignments.join(', ')} FROM dbo.${root} r JOIN #ic_${root} t ON t.id = r.id;`;
}

function removeBelowSession(): readonly string[] {
  const ofEvents = (table: TableName): string =>
    `DELETE x FROM dbo.${table} x JOIN dbo.session_event e ON e.id = x.session_event_id JOIN #ic_session t ON t.id = e.session_id;`;
  return [
    ofEvents('session_event_data'),
    ofEvents('system_information'),
    'DELETE x FROM dbo.system_information x JOIN #ic_session t ON t.id = x.session_id;',
    remove('session_event', 'session'),
  ];
}

function remove(table: TableName, root: Root): string {
  return `DELETE x FROM dbo.${table} x JOIN #ic_${root} t ON t.id = x.${references[table][0]};`;
}

function insertRoots(root: Root): string {
  const columns = names(root).join(', ');
  return `INSERT INTO dbo.${root} (${columns}) OUTPUT inserted.id INTO #ic_new (id)
  SELECT ${columns} FROM #ic_${root} WHERE id IS NULL ORDER BY ordinal;
UPDATE t SET id = n.id
  FROM #ic_${root} t JOIN (SELECT id, ROW_NUMBER() OVER (ORDER BY id) AS ordinal FROM #ic_new) n ON n.ordinal = t.ordinal
  WHERE t.id IS NULL;`;
}

function insertChildren(table: TableName, root: Root): string {
  const columns = names(table);
  return `INSERT INTO dbo.${table} (${[references[table][0], ...columns].join(', ')})
  SELECT ${['t.id', ...columns.map((name) => `c.${name}`)].join(', ')}
  FROM #ic_${table} c JOIN #ic_${root} t ON t.ordinal = c.parent ORDER BY c.ordinal;`;
}

function insertEvents(): readonly string[] {
  const columns = names('session_event');
  return [
    `INSERT INTO dbo.session_event (${['session_id', ...columns].join(', ')}) OUTPUT inserted.id INTO #ic_new_event (id)
  SELECT ${['t.id', ...columns.map((name) => `c.${name}`)].join(', ')}
  FROM #ic_session_event c JOIN #ic_session t ON t.ordinal = c.parent ORDER BY c.ordinal;
INSERT INTO #ic_place (ordinal, id) SELECT ROW_NUMBER() OVER (ORDER BY id), id FROM #ic_new_event;
IF (SELECT COUNT(*) FROM #ic_place) <> (SELECT COUNT(*) FROM #ic_session_event)
  OR EXISTS (SELECT 1 FROM #ic_place p JOIN dbo.session_event e ON e.id = p.id
    JOIN #ic_session_event c ON c.ordinal = p.ordinal JOIN #ic_session t ON t.ordinal = c.parent WHERE e.session_id <> t.id)
  RAISERROR('The server did not give out the ids of events in their order.', 16, 1);`,
    insertBelowEvents('session_event_data', ['session_event_id'], ['p.id']),
    insertBelowEvents('system_information', ['session_event_id', 'session_id'], ['p.id', 't.id']),
  ];
}

function insertBelowEvents(
  table: 'session_event_data' | 'system_information',
  targets: readonly string[],
  sources: readonly string[],
): string {
  const columns = names(table);
  return `INSERT INTO dbo.${table} (${[...targets, ...columns].join(', ')})
  SELECT ${[...sources, ...columns.map((name) => `c.${name}`)].join(', ')}
  FROM #ic_${table} c JOIN #ic_place p ON p.ordinal = c.parent
  JOIN #ic_session_event e ON e.ordinal = c.parent JOIN #ic_session t ON t.ordinal = e.parent ORDER BY c.ordinal;`;
}

/** Servers compare texts of two collations only when they are told by which. */
function noteDeliveries(root: Root): string {
  const lsid = 'CONVERT(NVARCHAR(128), t.lsid) COLLATE Latin1_General_BIN2';
  return `DELETE d FROM dbo.ic_delivery d JOIN #ic_${root} t ON d.lsid = ${lsid} WHERE d.kind = @kind AND d.site = @site;
INSERT INTO dbo.ic_delivery
  (site, kind, lsid, host_name, row_id, row_count, content_hash, mapping, system_information, transfer, delivered_at)
  SELECT @site, @kind, ${lsid}, @host, t.id, t.row_count, t.content_hash, @mapping, @system_information, @transfer, @at
  FROM #ic_${root} t;`;
}

function names(table: TableName): readonly string[] {
  return columnsOf(table).map(({ name }) => name);
}
