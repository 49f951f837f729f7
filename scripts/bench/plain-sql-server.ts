import { readFileSync } from 'node:fs';
import mssql from 'mssql';
import { type SaxesAttributePlain, SaxesParser } from 'saxes';

/**
 * A script of the kind that people write: the whole report in memory, one INSERT for each row.
 * `node plain-sql-server.ts REPORT CONNECTION_STRING` prints the number of rows and the seconds that it took.
 */
interface Node {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string | SaxesAttributePlain>>;
  readonly children: Node[];
  text: string;
}

const [file = '', connectionString = ''] = process.argv.slice(2);
const pool = await mssql.connect(connectionString);
const began = performance.now();
let rows = 0;
await pool.query(
  `CREATE TABLE plain_session (id INT IDENTITY PRIMARY KEY, lsid NVARCHAR(64), type NVARCHAR(64));
   CREATE TABLE plain_event (id INT IDENTITY PRIMARY KEY, session_id INT, type NVARCHAR(255), event_time NVARCHAR(32), performed_by NVARCHAR(255));
   CREATE TABLE plain_event_data (id INT IDENTITY PRIMARY KEY, session_event_id INT, name NVARCHAR(255), value NVARCHAR(MAX));`,
);
for (const session of parse(readFileSync(file, 'utf8')).children) {
  const id = await insert('plain_session', {
    lsid: session.attributes.lsid,
    type: textOf(session, 'session_type'),
  });
  for (const event of within(session, 'session_details')) {
    const eventId = await insert('plain_event', {
      session_id: id,
      type: event.attributes.event_type,
      event_time: event.attributes.timestamp,
      performed_by: textOf(event, 'performed_by'),
    });
    const body = textOf(event, 'body');
    if (body !== null)
      await insert('plain_event_data', { session_event_id: eventId, name: 'body', value: body });
    for (const { attributes } of within(event, 'data'))
      await insert('plain_event_data', {
        session_event_id: eventId,
        name: attributes.name,
        value: attributes.value,
      });
  }
}
const seconds = (performance.now() - began) / 1000;
await pool.query('DROP TABLE plain_event_data; DROP TABLE plain_event; DROP TABLE plain_session;');
await pool.close();
process.stdout.write(`${rows} ${seconds}\n`);

async function insert(table: string, values: Readonly<Record<string, unknown>>): Promise<number> {
  rows += 1;
  const request = pool.request();
  const names = Object.keys(values);
  for (const name of names) request.input(name, values[name]);
  const marks = names.map((name) => `@${name}`).join(', ');
  const result = await request.query(
    `INSERT INTO ${table} (${names.join(', ')}) OUTPUT inserted.id VALUES (${marks})`,
  );
  return Number(result.recordset[0]?.id);
}

function parse(xml: string): Node {
  const top: Node = { name: '', attributes: {}, children: [], text: '' };
  const open = [top];
  const parser = new SaxesParser();
  parser.on('opentag', ({ name, attributes }) => {
    const node: Node = { name, attributes, children: [], text: '' };
    open.at(-1)?.children.push(node);
    open.push(node);
  });
  parser.on('text', (text) => {
    const node = open.at(-1);
    if (node) node.text += text;
  });
  parser.on('closetag', () => void open.pop());
  parser.write(xml).close();
  return top.children[0] ?? top;
}

function within(node: Node, name: string): readonly Node[] {
  return node.children.filter((child) => child.name === name).flatMap((child) => child.children);
}

function textOf(node: Node, name: string): string | null {
  return node.children.find((child) => child.name === name)?.text ?? null;
}
