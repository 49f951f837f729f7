import { describe, type TestContext } from 'node:test';
import { conformance, type HeldRecord, type Place } from '../../conformance/conformance.ts';
import { withDestination } from '../../conformance/support.ts';
import { makeSessionDelivery } from '../../support/deliveries.ts';
import { equality } from '../sql/equality.ts';
import { type DriverRow, heldSessions } from '../sql/held-rows.ts';
import { inDatabase, newDatabase, type TestDatabase, withoutServer } from './support.ts';

describe('SQL Server', { skip: withoutServer }, () => {
  conformance('sql-server', { kinds: ['sessions', 'presentations'], onUpdate: 'replaces' }, makePlace);

  equality('sql-server', async (context) => {
    const database = await newDatabase(context);
    return {
      connect: (options) => database.connect(options),
      readTable: database.readTable,
      asHeld: (await holdsNul()) ? (text) => text : (text) => text.replaceAll('\0', '\uFFFD'),
    };
  });
});

async function makePlace(context: TestContext): Promise<Place> {
  const database = await newDatabase(context);
  let isAway = false;
  const place: Place = {
    connect: (names) =>
      // Nobody listens on the reserved port 1.
      isAway
        ? database.connect({
            connectionString: 'Server=127.0.0.1,1;Encrypt=false;Database=x;User Id=x;Password=x',
          })
        : database.connect(names),
    held: async (kind) => (kind === 'sessions' ? heldAsText(database) : presentationsAsText(database)),
    sabotage: async () => {
      isAway = true;
      return async () => {
        isAway = false;
      };
    },
    unstorable: async () => {
      await withDestination(place, async () => {});
      await database.query(
        `ALTER TABLE dbo.session_event_data ADD CONSTRAINT no_secrets CHECK (value <> N'secret')`,
      );
      return makeSessionDelivery({ lsid: 'bad', chat: 'secret' });
    },
  };
  return place;
}

async function heldAsText(database: TestDatabase): Promise<readonly HeldRecord[]> {
  if (!(await isThere(database, 'session'))) return [];
  return (await heldSessions(database.readTable)).map((item) => ({
    lsid: item.session.lsid ?? '',
    // JSON leaves letters and emoji as they are.
    text: JSON.stringify(item),
  }));
}

async function presentationsAsText(database: TestDatabase): Promise<readonly HeldRecord[]> {
  const rows = await database.readTable('presentation');
  return rows.map((row: DriverRow) => ({ lsid: String(row.lsid), text: Object.values(row).join(' ') }));
}

async function isThere(database: TestDatabase, table: string): Promise<boolean> {
  try {
    const [row] = await database.query(`SELECT OBJECT_ID(N'dbo.${table}') AS id`);
    return row?.id != null;
  } catch {
    return false;
  }
}

async function holdsNul(): Promise<boolean> {
  const { recordset } = await inDatabase('master', (pool) =>
    pool.query(`SELECT CONVERT(INT, SERVERPROPERTY(N'babelfish')) AS babelfish`),
  );
  return recordset[0]?.babelfish !== 1;
}
