/**
 * The tables that both databases hold, as data: names and columns are the original product's, in its order, without
 * `id` and without the columns that refer to another table (see `parents`). The migrations create them.
 */

/** `text`; `integer`; `time`: UNIX seconds here, UTC in the database. */
export type ColumnType = 'text' | 'integer' | 'time';

export const tables = {
  session: {
    lsid: 'text',
    type: 'text',
    start_time: 'time',
    end_time: 'time',
    duration: 'text',
    file_transfers: 'integer',
    host_name: 'text',
    external_key: 'text',
    public_site_id: 'integer',
    public_site_name: 'text',
    lseq: 'integer',
    jump_group_id: 'text',
    jump_group_name: 'text',
    jump_group_type: 'text',
  },
  representative: {
    gs_number: 'text',
    user_id: 'text',
    user_name: 'text',
    display_name: 'text',
    public_display_name: 'text',
    display_number: 'text',
    public_ip: 'text',
    private_ip: 'text',
    is_owner: 'integer',
    is_primary: 'integer',
    duration: 'integer',
    host_name: 'text',
    operating_system: 'text',
  },
  customer: {
    gs_number: 'text',
    issue: 'text',
    issue_description: 'text',
    display_name: 'text',
    company_name: 'text',
    company_code: 'text',
    public_ip: 'text',
    private_ip: 'text',
    rpat_support: 'integer',
    host_name: 'text',
    operating_system: 'text',
  },
  team: { team_id: 'text', name: 'text', is_primary: 'integer' },
  custom_attribute: { display_name: 'text', code_name: 'text', value: 'text' },
  session_event: {
    type: 'text',
    event_time: 'time',
    performed_by: 'text',
    performed_by_type: 'text',
    destination: 'text',
    destination_type: 'text',
  },
  session_event_data: { name: 'text', value: 'text' },
  system_information: { category: 'text', information: 'text' },
  presentation: {
    lsid: 'text',
    type: 'text',
    start_time: 'time',
    end_time: 'time',
    duration: 'text',
    host_name: 'text',
    external_key: 'text',
    public_site_id: 'integer',
    public_site_name: 'text',
    lseq: 'integer',
    name: 'text',
    presenter_id: 'text',
    presenter: 'text',
  },
  presentation_attendee: {
    gs_number: 'text',
    name: 'text',
    public_ip: 'text',
    private_ip: 'text',
    host_name: 'text',
    operating_system: 'text',
  },
} as const satisfies Readonly<Record<string, Readonly<Record<string, ColumnType>>>>;

export type TableName = keyof typeof tables;

type ValueOf<Type extends ColumnType> = Type extends 'text' ? string | null : number | null;

/** A row of a table, without its id and its references. */
export type Row<Table extends TableName> = {
  readonly [Column in keyof (typeof tables)[Table]]: (typeof tables)[Table][Column] extends ColumnType
    ? ValueOf<(typeof tables)[Table][Column]>
    : never;
};

export type Cell = string | number | null;

/** A row of any table. */
export type AnyRow = Readonly<Record<string, Cell>>;

export interface Column {
  readonly name: string;
  readonly type: ColumnType;
}

/** A table's columns in order, without id and references. */
export function columnsOf(table: TableName): readonly Column[] {
  return columnLists.get(table) ?? [];
}

const columnLists: ReadonlyMap<string, readonly Column[]> = new Map(
  Object.entries(tables).map(([table, columns]) => [
    table,
    Object.entries(columns).map(([name, type]) => ({ name, type })),
  ]),
);

/** The columns of each table that hold the id of a row of another one. */
export const references = {
  session: [],
  representative: ['session_id'],
  customer: ['session_id'],
  team: ['session_id'],
  custom_attribute: ['session_id'],
  session_event: ['session_id'],
  session_event_data: ['session_event_id'],
  system_information: ['session_event_id', 'session_id'],
  presentation: [],
  presentation_attendee: ['presentation_id'],
} as const satisfies Readonly<Record<TableName, readonly string[]>>;
