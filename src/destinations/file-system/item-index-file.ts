import { rmSync } from 'node:fs';
import { DatabaseSync, type StatementSync } from 'node:sqlite';

/** Where a line stands in a manifest: see `placeOf`. Lines are in the order of their places. */
export interface LinePlace {
  readonly place: number;
  /** In bytes, without the line end. */
  readonly length: number;
}

/** What is kept of a line about a file. */
export interface IndexedLine extends LinePlace {
  /** See `keyOf` in item-index.ts. */
  readonly path: number;
  /** Null in a line that says that a file was removed. */
  readonly item: number | null;
}

/** From a place on, a transfer and its site have other names than in the lines before. */
export interface Renaming {
  readonly place: number;
  readonly transferBefore: string;
  readonly transfer: string;
  readonly siteBefore: string;
  readonly site: string;
}

/** How far the manifest has been read, and its last line, by which it is recognised. */
export interface IndexPosition {
  readonly file: string | null;
  /** Offset of the byte after that line. */
  readonly size: number;
  readonly last: (LinePlace & { readonly hash: string }) | null;
}

const version = 1;

const schema = `
  CREATE TABLE line (place INTEGER PRIMARY KEY, length INTEGER NOT NULL, path INTEGER NOT NULL, item INTEGER);
  CREATE INDEX line_path ON line (path);
  CREATE INDEX line_item ON line (item) WHERE item IS NOT NULL;
  CREATE TABLE renaming (place INTEGER PRIMARY KEY, transfer_before TEXT NOT NULL, transfer TEXT NOT NULL,
    site_before TEXT NOT NULL, site TEXT NOT NULL);
  CREATE TABLE position (id INTEGER PRIMARY KEY CHECK (id = 1), file TEXT NOT NULL, size INTEGER NOT NULL,
    last_place INTEGER NOT NULL, last_length INTEGER NOT NULL, last_hash TEXT NOT NULL);
  PRAGMA user_version = ${version};`;

/** Milliseconds that a query waits for another process, which writes for less than that. */
const patienceMs = 2_000;

/** The part of an index that is kept: a SQLite file. Whatever is wrong with it is thrown by SQLite, or as `WrongIndexError`. */
export class ItemIndexFile {
  readonly #database: DatabaseSync;
  readonly #ofItem: StatementSync;
  readonly #ofPath: StatementSync;

  /** Creates the file unless it is there, or `readOnly` is set. */
  constructor(path: string, { readOnly }: { readonly readOnly: boolean }) {
    this.#database = new DatabaseSync(path, { readOnly, timeout: patienceMs });
    try {
      this.#prepare(readOnly);
      this.#ofItem = this.#database.prepare(
        'SELECT place, length FROM line WHERE item = ? ORDER BY place DESC',
      );
      this.#ofPath = this.#database.prepare(
        'SELECT place, length FROM line WHERE path = ? ORDER BY place DESC',
      );
    } catch (error) {
      this.#database.close();
      throw error;
    }
  }

  ofItem(key: number): readonly LinePlace[] {
    return this.#ofItem.all(key) as unknown as readonly LinePlace[];
  }

  ofPath(key: number): readonly LinePlace[] {
    return this.#ofPath.all(key) as unknown as readonly LinePlace[];
  }

  renamings(): readonly Renaming[] {
    const rows = this.#database.prepare('SELECT * FROM renaming ORDER BY place').all();
    return rows.map((row) => ({
      place: Number(row.place),
      transferBefore: String(row.transfer_before),
      transfer: String(row.transfer),
      siteBefore: String(row.site_before),
      site: String(row.site),
    }));
  }

  position(): IndexPosition {
    const row = this.#database.prepare('SELECT * FROM position').get();
    if (row === undefined) return { file: null, size: 0, last: null };
    const last = {
      place: Number(row.last_place),
      length: Number(row.last_length),
      hash: String(row.last_hash),
    };
    return { file: String(row.file), size: Number(row.size), last };
  }

  /** Another process may have added the same lines. */
  add(
    lines: readonly IndexedLine[],
    renamings: readonly Renaming[],
    { file, size, last }: IndexPosition,
  ): void {
    if (file === null || last === null) return;
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      const line = this.#database.prepare('INSERT OR IGNORE INTO line VALUES (?, ?, ?, ?)');
      for (const { place, length, path, item } of lines) line.run(place, length, path, item);
      const renaming = this.#database.prepare('INSERT OR IGNORE INTO renaming VALUES (?, ?, ?, ?, ?)');
      for (const { place, transferBefore, transfer, siteBefore, site } of renamings)
        renaming.run(place, transferBefore, transfer, siteBefore, site);
      this.#database
        .prepare(
          `INSERT INTO position VALUES (1, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET file = excluded.file,
             size = excluded.size, last_place = excluded.last_place, last_length = excluded.last_length,
             last_hash = excluded.last_hash WHERE excluded.last_place > last_place`,
        )
        .run(file, size, last.place, last.length, last.hash);
      this.#database.exec('COMMIT');
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      throw error;
    }
  }

  close(): void {
    this.#database.close();
  }

  #prepare(readOnly: boolean): void {
    this.#database.exec('PRAGMA cache_size = -16000');
    if (this.#version() === 0 && !readOnly) this.#create();
    if (this.#version() !== version) throw new WrongIndexError('an index of another version');
  }

  #version(): number {
    return Number(this.#database.prepare('PRAGMA user_version').get()?.user_version);
  }

  #create(): void {
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      // Another process may have been faster.
      if (this.#version() === 0) this.#database.exec(schema);
      this.#database.exec('COMMIT');
    } catch (error) {
      this.#database.exec('ROLLBACK');
      throw error;
    }
  }
}

export class WrongIndexError extends Error {}

/** Whether the file is to be made anew: not when another process holds it, or when the disk is at fault. */
export function isBeyondUse(error: unknown): boolean {
  if (error instanceof WrongIndexError) return true;
  const code = (error as { readonly errcode?: unknown }).errcode;
  const [sqliteError, corrupt, mismatch, notDatabase] = [1, 11, 20, 26];
  return typeof code === 'number' && [sqliteError, corrupt, mismatch, notDatabase].includes(code & 255);
}

/** Makes room for another; a file that stays is only not used. */
export function removeIndexFile(path: string): void {
  for (const name of [path, `${path}-journal`]) {
    try {
      rmSync(name, { force: true });
    } catch {
      // Somebody holds it, or the directory cannot be written to.
    }
  }
}
