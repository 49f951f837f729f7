import { equality } from '../sql/equality.ts';
import { connectSqlite, newDatabasePath, query } from './support.ts';

equality('sqlite', async (context) => {
  const path = await newDatabasePath(context);
  return {
    connect: (options) => connectSqlite(path, options),
    readTable: async (table) => query(path, `SELECT * FROM ${table} ORDER BY id`),
  };
});
