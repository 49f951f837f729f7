import { createHash } from 'node:crypto';
import { cpSync, existsSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { SessionSpec } from '../appliance/spec.ts';
import { type Content, fileContent, fileContents, rowContent } from '../support/session-content.ts';
import type { DestinationSettings } from './settings.ts';
import { keyText, type RecordingKind } from './truth.ts';

/** A copy of a session that a destination holds. */
export interface HeldSession {
  readonly lsid: string;
  readonly content: Content;
  /** A path, or the number of a row. */
  readonly where: string;
}

export interface HeldRecording {
  /** As `keyText`. */
  readonly key: string;
  readonly sha256: string;
  readonly where: string;
}

/** What a destination holds, read without any of `ic`'s own code. */
export interface Store {
  contentOf(session: SessionSpec): Content;
  sessions(): readonly HeldSession[];
  recordings(): readonly HeldRecording[];
  /** What its own records do not know, and what they know and is not there. */
  strays(): readonly string[];
}

export function storeIn(directory: string, destination: DestinationSettings): Store {
  const path = join(directory, destination.place);
  return destination.type === 'sqlite' ? new Rows(path) : new Files(path);
}

/** Moves, copies and removes a destination as an administrator would: with all that lies in it, or beside a database. */
export function copyPlace(from: string, to: string): void {
  for (const suffix of ['', '-wal', '-shm', '-journal']) {
    rmSync(to + suffix, { recursive: true, force: true });
    if (existsSync(from + suffix))
      cpSync(from + suffix, to + suffix, { recursive: true, preserveTimestamps: true });
  }
}

export function movePlace(from: string, to: string): void {
  for (const suffix of ['', '-wal', '-shm', '-journal']) {
    rmSync(to + suffix, { recursive: true, force: true });
    if (existsSync(from + suffix)) renameSync(from + suffix, to + suffix);
  }
}

class Files implements Store {
  readonly #root: string;
  readonly contentOf = fileContent;

  constructor(root: string) {
    this.#root = root;
  }

  sessions(): readonly HeldSession[] {
    return this.#visible()
      .filter((path) => path.endsWith('.xml'))
      .flatMap((where) => {
        const held = fileContents(readFileSync(join(this.#root, where), 'utf8'));
        if (held.length !== 1) throw new Error(`${where} holds ${held.length} sessions`);
        return held.map(({ lsid, content }) => ({ lsid, content, where }));
      });
  }

  recordings(): readonly HeldRecording[] {
    return this.#visible()
      .filter((path) => !path.endsWith('.xml'))
      .map((where) => ({ key: keyOf(where), sha256: this.#sha256(where), where }));
  }

  strays(): readonly string[] {
    const known = this.#recorded();
    const visible = this.#visible();
    return [
      ...visible
        .filter((path) => known.get(path) !== this.#sha256(path))
        .map((path) => `${path} is not as recorded`),
      ...[...known.keys()]
        .filter((path) => !visible.includes(path))
        .map((path) => `${path} is recorded and missing`),
    ];
  }

  /** Path → SHA-256, by the manifest's last word on it. */
  #recorded(): ReadonlyMap<string, string> {
    const known = new Map<string, string>();
    const folder = join(this.#root, 'ic-manifest');
    const months = list(folder).filter((name) => name.endsWith('.jsonl'));
    for (const line of months
      .sort()
      .flatMap((name) => readFileSync(join(folder, name), 'utf8').trim().split('\n'))) {
      const { type, path, sha256 } = JSON.parse(line);
      if (type === 'removed') known.delete(path);
      else if (typeof path === 'string') known.set(path, sha256);
    }
    return known;
  }

  #sha256(path: string): string {
    return createHash('sha256')
      .update(readFileSync(join(this.#root, path)))
      .digest('hex');
  }

  #visible(): readonly string[] {
    if (!existsSync(this.#root)) return [];
    return readdirSync(this.#root, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => relative(this.#root, join(entry.parentPath, entry.name)).split(sep).join('/'))
      .filter((path) => !/(^|\/)(\.ic-|ic-manifest\/)/.test(path))
      .sort();
  }
}

const extensions: Readonly<Record<string, RecordingKind>> = {
  mp4: 'session-recordings',
  txt: 'command-shell-recordings',
};

function keyOf(path: string): string {
  const [, lsid = '', instance = '', extension = ''] =
    /([0-9a-f]{32}).*?-(\d+)(?:\.\d+)?\.(\w+)$/.exec(path) ?? [];
  const kind = extensions[extension];
  return kind === undefined ? path : keyText({ kind, lsid, instance: Number(instance) });
}

function list(folder: string): readonly string[] & string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}

class Rows implements Store {
  readonly #path: string;
  readonly contentOf = rowContent;

  constructor(path: string) {
    this.#path = path;
  }

  sessions(): readonly HeldSession[] {
    if (!existsSync(this.#path)) return [];
    using database = new DatabaseSync(this.#path, { readOnly: true });
    if (database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'session'").get() === undefined) return [];
    return database
      .prepare('SELECT * FROM session ORDER BY id')
      .all()
      .map((row) => ({
        lsid: String(row.lsid),
        content: contentOfRow(database, row),
        where: `row ${row.id}`,
      }));
  }

  recordings(): readonly HeldRecording[] {
    return [];
  }

  strays(): readonly string[] {
    return [];
  }
}

type Row = Readonly<Record<string, unknown>>;

/** As `rowContent`. */
function contentOfRow(database: DatabaseSync, row: Row): Content {
  const id = Number(row.id);
  const below = (table: string): readonly Row[] =>
    database.prepare(`SELECT * FROM ${table} WHERE session_id = ? ORDER BY id`).all(id);
  const bodyOf = database.prepare(
    "SELECT value FROM session_event_data WHERE session_event_id = ? AND name = 'body'",
  );
  return JSON.stringify({
    session: {
      type: row.type,
      start: row.start_time,
      end: row.end_time,
      duration: row.duration,
      files: row.file_transfers,
      key: row.external_key,
      lseq: row.lseq,
    },
    customers: below('customer').map(
      ({ display_name: name, company_name: company, host_name: hostname }) => ({
        name,
        company,
        hostname,
      }),
    ),
    representatives: below('representative').map(({ user_name: username, duration: seconds }) => ({
      username,
      seconds,
    })),
    attributes: below('custom_attribute').map(({ code_name: codeName, value }) => ({ codeName, value })),
    events: below('session_event').map(({ id: event, type, event_time: time }) => ({
      type,
      time,
      body: bodyOf.get(Number(event))?.value ?? null,
    })),
  });
}
