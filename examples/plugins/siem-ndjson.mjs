#!/usr/bin/env node
// A destination for `ic`: appends sessions and their events, one JSON object a line, to a file a day, from
// which a SIEM's agent picks them up. Node 22.13 or later, no packages.
//
//   [destination.siem]
//   type = program
//   command = node siem-ndjson.mjs
//   directory = /var/log/ic        ; ic-2026-11-22.ndjson and so on, by the day of writing, UTC
//   record = siem-record.db        ; optional: what was written, so that nothing is written twice
//
//   [transfer.hq-to-siem]
//   site = hq
//   destination = siem
//   data = sessions, presentations
//
// A session's events come first, then the session itself: whoever sees its line has all of it. Each line has
// an `id` of its own. A session whose content changed later is written again, with `update` true and new ids.
import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  writeSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

const say = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);

/** Reads messages until goodbye. What cannot be mended here is said, and the rest is left to a later run. */
async function main() {
  const plugin = new Plugin();
  for await (const line of linesOf(process.stdin)) {
    const message = JSON.parse(line);
    if (message.type === 'goodbye') break;
    try {
      plugin.handle(message);
    } catch (error) {
      // What is no failure of the system is a mistake in here: its trace goes to standard error.
      if (error.code === undefined) throw error;
      say({ type: 'failed', code: 'io', reason: error.message, hint });
      break;
    }
  }
  plugin.close();
}

const hint = 'Let the user that runs ic write to directory and record, and free space if there is none.';

class Plugin {
  #journal = null;
  #batch = [];

  handle(message) {
    switch (message.type) {
      case 'hello':
        this.#greet(message);
        break;
      case 'session':
      case 'presentation':
        this.#batch.push(entryOf(message));
        break;
      case 'commit':
        say({ type: 'committed', batch: message.batch, items: this.#journal.append(this.#batch) });
        this.#batch = [];
        break;
    }
  }

  close() {
    this.#journal?.close();
  }

  #greet({ check, configuration }) {
    if (!configuration.directory) {
      say({
        type: 'failed',
        code: 'configuration',
        reason: 'directory is not set',
        hint: 'Write directory = …',
      });
      return;
    }
    if (check) tryOut(configuration);
    else this.#journal = new Journal(configuration);
    const batch = { items: 200, bytes: 4_000_000 };
    say({ type: 'ready', protocol: 1, kinds: ['sessions', 'presentations'], batch, recognises: true });
  }
}

/** Throws when the files could not be written, and leaves nothing behind. */
function tryOut({ directory, record }) {
  for (const path of [resolve(directory), dirname(recordPath(record))]) {
    let existing = path;
    while (!existsSync(existing)) existing = dirname(existing);
    accessSync(existing, constants.W_OK);
    readdirSync(existing);
  }
}

function recordPath(record) {
  return resolve(record || 'siem-record.db');
}

/** What will be written of an item; the raw XML is let go of. */
function entryOf({ type, item, names, contentHash, model }) {
  const { events = [], ...record } = model;
  const key = `${names.host}/${names.lsid}`;
  const common = { site: names.site, host: names.host, lsid: names.lsid };
  const id = `${key}/${contentHash.slice(0, 16)}`;
  const lines = events.map((event, index) => ({
    '@timestamp': iso(event.time),
    kind: 'event',
    id: `${id}/${index}`,
    ...common,
    event,
  }));
  lines.push({
    '@timestamp': iso(names.endTime ?? names.startTime),
    kind: type,
    id,
    ...common,
    [type]: record,
  });
  return { item, kind: type, key, contentHash, lines };
}

function iso(seconds) {
  return new Date(seconds === null ? Date.now() : seconds * 1000).toISOString();
}

/**
 * The files, and a record of what is in them. The record is written after the lines are safe. Should this
 * program be killed in between, the file is longer than the record says: what is there beyond is read, and not
 * written again. (Only if midnight comes in between are lines written twice, with the same ids.)
 */
class Journal {
  #directory;
  #record;

  constructor({ directory, record }) {
    this.#directory = resolve(directory);
    mkdirSync(this.#directory, { recursive: true });
    this.#record = new DatabaseSync(recordPath(record), { timeout: 120_000 });
    this.#record.exec(`
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = FULL;
      CREATE TABLE IF NOT EXISTS written (key TEXT, kind TEXT, hash TEXT, file TEXT, PRIMARY KEY (key, kind));
      CREATE TABLE IF NOT EXISTS file (name TEXT PRIMARY KEY, bytes INTEGER);
    `);
  }

  /** Appends what is new; returns what became of each item. */
  append(entries) {
    // One writer at a time: two transfers may run this program at once.
    this.#record.exec('BEGIN IMMEDIATE');
    try {
      const results = this.#appendNew(entries);
      this.#record.exec('COMMIT');
      return results;
    } catch (error) {
      this.#record.exec('ROLLBACK');
      throw error;
    }
  }

  close() {
    this.#record.close();
  }

  #appendNew(entries) {
    const file = new DayFile(this.#directory, this.#record);
    try {
      const results = entries.map((entry) => this.#appendOne(entry, file));
      file.sync();
      return results;
    } finally {
      file.close();
    }
  }

  #appendOne({ item, kind, key, contentHash, lines }, file) {
    const query = 'SELECT hash, file FROM written WHERE key = ? AND kind = ?';
    const known = this.#record.prepare(query).get(key, kind);
    if (known?.hash === contentHash) return { item, status: 'unchanged', location: known.file };
    const update = known !== undefined;
    for (const line of lines) file.write(update ? { ...line, update } : line);
    this.#record
      .prepare('INSERT OR REPLACE INTO written (key, kind, hash, file) VALUES (?, ?, ?, ?)')
      .run(key, kind, contentHash, file.name);
    return { item, status: update ? 'updated' : 'stored', location: file.name };
  }
}

/** Today's file, open for appending at the end of its last whole line. */
class DayFile {
  #record;
  #descriptor;
  #bytes;
  #unrecorded;
  #directory;

  constructor(directory, record) {
    this.name = `ic-${new Date().toISOString().slice(0, 10)}.ndjson`;
    this.#directory = directory;
    this.#record = record;
    this.#descriptor = openSync(join(directory, this.name), 'a+');
    const recorded = record.prepare('SELECT bytes FROM file WHERE name = ?').get(this.name)?.bytes ?? 0;
    const { size } = fstatSync(this.#descriptor);
    // A file that was rotated away or emptied is begun anew.
    const from = Math.min(recorded, size);
    const lines = readFrom(this.#descriptor, from, size);
    this.#unrecorded = new Set(lines.map((line) => JSON.parse(line).id));
    this.#bytes = from + lines.reduce((sum, line) => sum + Buffer.byteLength(line) + 1, 0);
    if (this.#bytes < size) ftruncateSync(this.#descriptor, this.#bytes);
  }

  write(line) {
    if (this.#unrecorded.has(line.id)) return;
    const bytes = Buffer.from(`${JSON.stringify(line)}\n`);
    for (let done = 0; done < bytes.length; ) done += writeSync(this.#descriptor, bytes, done);
    this.#bytes += bytes.length;
  }

  sync() {
    fsyncSync(this.#descriptor);
    syncDirectory(this.#directory);
    this.#record
      .prepare('INSERT OR REPLACE INTO file (name, bytes) VALUES (?, ?)')
      .run(this.name, this.#bytes);
  }

  close() {
    closeSync(this.#descriptor);
  }
}

/** The whole lines between two offsets; a torn one at the end is no line. */
function readFrom(descriptor, from, to) {
  const bytes = Buffer.alloc(to - from);
  for (let done = 0; done < bytes.length; ) {
    const count = readSync(descriptor, bytes, done, bytes.length - done, from + done);
    if (count === 0) break;
    done += count;
  }
  const end = bytes.lastIndexOf('\n');
  return end < 0 ? [] : bytes.toString('utf8', 0, end).split('\n');
}

/** A new file's name is durable only once its directory is; Windows sees to that by itself. */
function syncDirectory(directory) {
  if (process.platform === 'win32') return;
  const descriptor = openSync(directory, 'r');
  fsyncSync(descriptor);
  closeSync(descriptor);
}

/** Lines of any length. (`node:readline` does as well, for lines up to some megabytes.) */
async function* linesOf(stream) {
  let held = [];
  for await (const chunk of stream) {
    let from = 0;
    for (let to = chunk.indexOf(10); to >= 0; to = chunk.indexOf(10, from)) {
      held.push(chunk.subarray(from, to));
      yield Buffer.concat(held).toString('utf8');
      held = [];
      from = to + 1;
    }
    if (from < chunk.length) held.push(chunk.subarray(from));
  }
}

await main();
