import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { renderSession } from '../../test/appliance/render-session.ts';
import { anEvent, aSession } from '../../test/appliance/specimens.ts';
import { executablePath } from '../executable.ts';
import type { Bench, Figure } from './main.ts';
import { median, run } from './measure.ts';

const sessions = 20_000;
const eventsEach = 40;

/** One INSERT for each row takes so long that it is measured on this part. */
const sessionsForPlainServer = 100;

/** Sessions from a saved report into databases, beside plain scripts: whole runs, from the file to the last commit. */
export const sql: Bench = {
  name: 'sql',
  async run(report) {
    const directory = await mkdtemp(join(tmpdir(), 'ic-bench-'));
    try {
      await writeFile(join(directory, 'ic.ini'), configuration());
      const file = join(directory, 'report.xml');
      await writeSessions(file, sessions);
      report(await sqliteFigure(directory, file));
      report(await memoryFigure(directory, file));
      if (serverDatabase !== null) report(await serverFigure(directory, serverDatabase));
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  },
};

/** A database of its own on the server that IC_TEST_SQLSERVER names. It stays, and is used again. */
const serverDatabase =
  process.env.IC_TEST_SQLSERVER === undefined
    ? null
    : `${process.env.IC_TEST_SQLSERVER.replace(/(^|;)\s*(database|initial catalog)\s*=[^;]*/gi, '')};Database=ic_bench`;

function configuration(): string {
  const lines = ['[destination.local]', 'type = sqlite', 'path = ic.db'];
  if (serverDatabase !== null)
    lines.push('[destination.warehouse]', 'type = sql-server', `connection_string = ${serverDatabase}`);
  return `${lines.join('\n')}\n`;
}

async function sqliteFigure(directory: string, file: string): Promise<Figure> {
  const rates = { ic: [] as number[], plain: [] as number[] };
  for (let round = 0; round < 3; round += 1) {
    const { seconds } = await replayToSqlite(directory, file);
    rates.ic.push(countRows(join(directory, 'ic.db')) / seconds);
    rates.plain.push(await plainRate(directory, file));
  }
  const [ic, plain] = [median(rates.ic), median(rates.plain)];
  return {
    what: `${sessions} sessions of ${eventsEach} events into SQLite, in rates of a plain script`,
    value: ic / plain,
    unit: '×',
    least: 2,
    detail: `${Math.round(ic)} and ${Math.round(plain)} rows/s`,
  };
}

/** The peak with the whole file beside that with a tenth of it. */
async function memoryFigure(directory: string, file: string): Promise<Figure> {
  const small = join(directory, 'small.xml');
  await writeSessions(small, sessions / 10);
  const few = await replayToSqlite(directory, small);
  const many = await replayToSqlite(directory, file);
  const megabytes = Math.round((await stat(file)).size / 1e6);
  return {
    what: 'peak memory with ten times the file',
    value: many.peak / few.peak,
    unit: '×',
    most: 1.3,
    detail: `${Math.round(few.peak / 1e6)} and ${Math.round(many.peak / 1e6)} MB, for a file of ${megabytes} MB`,
  };
}

async function serverFigure(directory: string, connectionString: string): Promise<Figure> {
  const file = join(directory, 'part.xml');
  await writeSessions(file, sessions / 10);
  const { seconds } = await run(executablePath, ['replay', file, '--to', 'warehouse', '--host', newHost()], {
    cwd: directory,
  });
  const ic = rowsOf(sessions / 10) / seconds;
  const part = join(directory, 'plain.xml');
  await writeSessions(part, sessionsForPlainServer);
  const script = fileURLToPath(new URL('./plain-sql-server.ts', import.meta.url));
  const plain = rateOf((await run(process.execPath, [script, part, connectionString])).stdout);
  return {
    what: `${sessions / 10} sessions of ${eventsEach} events into SQL Server, in rates of a plain script`,
    value: ic / plain,
    unit: '×',
    least: 10,
    detail: `${Math.round(ic)} and ${Math.round(plain)} rows/s`,
  };
}

async function replayToSqlite(directory: string, file: string) {
  for (const suffix of ['', '-wal', '-shm']) await rm(join(directory, `ic.db${suffix}`), { force: true });
  return run(executablePath, ['replay', file, '--to', 'local', '--host', 'support.example.com'], {
    cwd: directory,
  });
}

async function plainRate(directory: string, file: string): Promise<number> {
  const database = join(directory, 'plain.db');
  await rm(database, { force: true });
  const script = fileURLToPath(new URL('./plain-sqlite.py', import.meta.url));
  return rateOf((await run('python3', [script, file, database])).stdout);
}

function rateOf(output: string): number {
  const [rows, seconds] = output.trim().split(' ').map(Number);
  return (rows ?? 0) / (seconds ?? 1);
}

/** So that each run stores anew. */
function newHost(): string {
  return `bench-${Date.now().toString(36)}.example.com`;
}

function countRows(path: string): number {
  const database = new DatabaseSync(path, { readOnly: true });
  const tables = ['session', 'representative', 'customer', 'session_event', 'session_event_data'];
  const counts = tables.map((table) =>
    Number(database.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.n),
  );
  database.close();
  return counts.reduce((sum, count) => sum + count, 0);
}

/** A session, its representative and customer, its events, and one text with each. */
function rowsOf(count: number): number {
  return count * (3 + 2 * eventsEach);
}

async function writeSessions(path: string, count: number): Promise<void> {
  const file = createWriteStream(path);
  file.write('<session_list xmlns="https://www.beyondtrust.com/namespaces/API/reporting">\n');
  for (let index = 0; index < count; index += 1) {
    if (!file.write(renderSession(session(index), '', () => 'https://support.example.com/')))
      await once(file, 'drain');
  }
  file.end('</session_list>\n');
  await once(file, 'finish');
}

function session(index: number) {
  const startTime = Date.UTC(2026, 10, 1) / 1000 + index * 60;
  const events = Array.from({ length: eventsEach }, (_, place) =>
    anEvent({
      time: startTime + place,
      type: 'Chat Message',
      performedBy: { type: 'representative', gsnumber: '21', name: 'Ana Peña' },
      destination: { type: 'everyone', gsnumber: '0', name: 'Everyone' },
      body: `Line ${place} of session ${index}: could you please restart the service & try again?`,
    }),
  );
  return aSession({ startTime, events });
}
