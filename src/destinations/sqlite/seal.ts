import type { RecordKind } from '../../platform/kinds.ts';
import type { Tally } from '../sql/digest.ts';
import { tallyColumns } from '../sql/digest.ts';
import type { Seal, SealableStore } from '../sql/seal.ts';
import { rootTables } from '../sql/standing.ts';
import { tables } from '../sql/tables.ts';
import type { Database } from './database.ts';

/** Writes what sealing has found. */
export class SqliteSeals implements Omit<SealableStore, 'schema' | 'hasDigests' | 'read' | 'first'> {
  readonly #database: Database;
  readonly #signal: AbortSignal;

  constructor(database: Database, signal: AbortSignal) {
    this.#database = database;
    this.#signal = signal;
  }

  async seal(kind: RecordKind, seals: readonly Seal[]): Promise<void> {
    await this.#write(() => {
      const update = this.#database.prepare(
        'UPDATE ic_delivery SET row_count = ?, rows_digest = ? WHERE kind = ? AND row_id = ? AND rows_digest IS ?',
      );
      for (const { rowCount, rowsDigest, rowId, before } of seals)
        update.run(rowCount, rowsDigest, kind, rowId, before);
    });
  }

  async forget(kind: RecordKind, rowIds: readonly number[]): Promise<void> {
    await this.#write(() => {
      const remove = this.#database.prepare(
        `DELETE FROM ic_delivery WHERE kind = ? AND row_id = ? AND NOT EXISTS (SELECT 1 FROM ${rootTables[kind]} r WHERE r.id = row_id)`,
      );
      for (const rowId of rowIds) remove.run(kind, rowId);
    });
  }

  async acceptForeign(): Promise<void> {
    await this.#write(() => {
      for (const table of Object.keys(tables))
        this.#database.run(
          `INSERT OR REPLACE INTO ic_foreign (table_name, up_to) SELECT '${table}', coalesce(max(id), 0) FROM ${table}`,
        );
    });
  }

  async writeTally(kind: RecordKind, { records, parts }: Tally, before: Tally | null): Promise<boolean> {
    const columns = ['records', ...tallyColumns];
    return this.#write(() => {
      const row = this.#database
        .prepare(`SELECT ${columns.join(', ')} FROM ic_tally WHERE kind = ?`)
        .get(kind);
      const now = row === undefined ? null : columns.map((column) => Number(row[column]));
      const known = before === null ? null : [before.records, ...before.parts];
      if (String(now) !== String(known)) return false;
      this.#database
        .prepare(`INSERT OR REPLACE INTO ic_tally (kind, ${columns.join(', ')}) VALUES (?, ?, ?, ?, ?, ?)`)
        .run(kind, records, ...parts);
      return true;
    });
  }

  #write<T>(work: () => T): Promise<T> {
    return this.#database.write(work, this.#signal);
  }
}
