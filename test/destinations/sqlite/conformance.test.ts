import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { TestContext } from 'node:test';
import { conformance, type HeldRecord, type Place } from '../../conformance/conformance.ts';
import { withDestination } from '../../conformance/support.ts';
import { makeSessionDelivery } from '../../support/deliveries.ts';
import { connectSqlite, execute, newDatabasePath, query, type Values } from './support.ts';

conformance('sqlite', { kinds: ['sessions', 'presentations'], onUpdate: 'replaces' }, makePlace);

async function makePlace(context: TestContext): Promise<Place> {
  const path = await newDatabasePath(context);
  const place: Place = {
    connect: (names) => connectSqlite(path, names),
    held: async (kind) => (kind === 'sessions' ? heldSessions(path) : heldPresentations(path)),
    sabotage: async () => {
      const aside = `${dirname(path)}-aside`;
      if (existsSync(path)) await rename(path, aside);
      await mkdir(path);
      return async () => {
        await rm(path, { recursive: true });
        if (existsSync(aside)) await rename(aside, path);
      };
    },
    unstorable: async () => {
      await withDestination(place, async () => {});
      execute(
        path,
        `CREATE TRIGGER no_secrets BEFORE INSERT ON session_event_data WHEN NEW.value = 'secret'
         BEGIN SELECT RAISE(ABORT, 'no secrets here'); END`,
      );
      return makeSessionDelivery({ lsid: 'bad', chat: 'secret' });
    },
  };
  return place;
}

function heldSessions(path: string): readonly HeldRecord[] {
  if (!existsSync(path)) return [];
  return query(path, 'SELECT * FROM session').map((session) => ({
    lsid: String(session.lsid),
    text: [session, ...below(path, Number(session.id))].map(asText).join('\n'),
  }));
}

function below(path: string, id: number): readonly Values[] {
  const tables = ['representative', 'customer', 'team', 'custom_attribute', 'session_event'];
  return [
    ...tables.flatMap((table) => query(path, `SELECT * FROM ${table} WHERE session_id = ?`, id)),
    ...query(
      path,
      `SELECT d.* FROM session_event_data d JOIN session_event e ON e.id = d.session_event_id WHERE e.session_id = ?`,
      id,
    ),
  ];
}

function heldPresentations(path: string): readonly HeldRecord[] {
  return query(path, 'SELECT * FROM presentation').map((row) => ({
    lsid: String(row.lsid),
    text: asText(row),
  }));
}

function asText(row: Values): string {
  return Object.values(row).join(' ');
}
