import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parseReport } from '../../src/sessions/parse.ts';
import type { Session } from '../../src/sessions/session.ts';

/** One stored session document. */
export interface StoredSession {
  readonly path: string;
  readonly session: Session;
  readonly contentHash: string;
}

/** Every session document below a directory; fails on a file that is torn, or holds more or less than one. */
export async function storedSessions(directory: string): Promise<readonly StoredSession[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = entries.filter((entry) => entry.isFile() && entry.name.endsWith('.xml'));
  return Promise.all(files.map((file) => readStored(join(file.parentPath, file.name))));
}

async function readStored(path: string): Promise<StoredSession> {
  const found: StoredSession[] = [];
  for await (const item of parseReport(createReadStream(path), 'sessions')) {
    if (item.type !== 'record') throw new Error(`${path} holds ${item.type}`);
    found.push({ path, session: item.record.record, contentHash: item.record.contentHash });
  }
  const [only] = found;
  if (only === undefined || found.length > 1) throw new Error(`${path} holds ${found.length} sessions`);
  return only;
}
