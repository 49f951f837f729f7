import type { Database, ParamsObject, SqlJsStatic, SqlValue, Statement } from 'sql.js';
import { applicationId, migrations } from './schema.ts';

export type Row = Readonly<ParamsObject>;

/** Share of unused pages from which the image is packed, and the size in pages below which it never matters. */
const packing = { freeShare: 0.25, minimumPages: 64 };

/** The database in memory: SQL with its statements prepared once, and the bytes that go into the file. */
export class Image {
  readonly #database: Database;
  readonly #statements = new Map<string, Statement>();

  /** `bytes` is what `export` gave, by this version or an earlier one; null makes an empty database. */
  constructor(sqlJs: SqlJsStatic, bytes: Uint8Array | null) {
    this.#database = new sqlJs.Database(bytes);
    // No other process and no disk is below: neither looking for others' changes nor a journal would serve anything.
    this.#database.run(
      'PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = MEMORY; PRAGMA temp_store = MEMORY',
    );
    // A table that a migration replaces takes nothing with it.
    this.#database.run('PRAGMA foreign_keys = OFF');
    this.#migrate();
    this.#database.run('PRAGMA foreign_keys = ON');
  }

  #migrate(): void {
    const version = this.#pragma('user_version');
    if (version === migrations.length) return;
    for (const migration of migrations.slice(version)) this.#database.run(migration);
    this.#database.run(
      `PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${migrations.length}`,
    );
  }

  all(sql: string, parameters: readonly SqlValue[] = []): readonly Row[] {
    const statement = this.#bound(sql, parameters);
    const rows: Row[] = [];
    while (statement.step()) rows.push(statement.getAsObject());
    statement.reset();
    return rows;
  }

  get(sql: string, parameters: readonly SqlValue[] = []): Row | null {
    const statement = this.#bound(sql, parameters);
    const row = statement.step() ? statement.getAsObject() : null;
    statement.reset();
    return row;
  }

  run(sql: string, parameters: readonly SqlValue[] = []): void {
    const statement = this.#bound(sql, parameters);
    statement.step();
    statement.reset();
  }

  #bound(sql: string, parameters: readonly SqlValue[]): Statement {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#database.prepare(sql);
      this.#statements.set(sql, statement);
    }
    statement.bind([...parameters]);
    return statement;
  }

  /** Runs `work` whole or not at all; returns whether it changed anything. */
  transaction(work: () => void): boolean {
    const before = this.#totalChanges();
    this.run('BEGIN');
    try {
      work();
    } catch (error) {
      this.run('ROLLBACK');
      throw error;
    }
    this.run('COMMIT');
    return this.#totalChanges() !== before;
  }

  #totalChanges(): SqlValue | undefined {
    return this.get('SELECT total_changes() AS changes')?.changes;
  }

  /** The database as the bytes of a SQLite file. What deleted rows took is given back once it is worth while. */
  export(): Uint8Array {
    const pages = this.#pragma('page_count');
    const free = this.#pragma('freelist_count');
    if (pages > packing.minimumPages && free > pages * packing.freeShare) this.#database.run('VACUUM');
    return this.#database.export();
  }

  #pragma(name: string): number {
    return Number(this.#database.exec(`PRAGMA ${name}`)[0]?.values[0]?.[0] ?? 0);
  }

  close(): void {
    this.#database.close();
  }
}
