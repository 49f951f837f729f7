import type { FileSystemConfig } from '../../../src/config/configuration.ts';
import type { FileDelivery, SessionDelivery } from '../../../src/destinations/destination.ts';
import { archiveConfig } from '../../support/archive.ts';
import { makeFileDelivery, makeSessionDelivery } from '../../support/deliveries.ts';

/** The run that crash.test.ts kills at every point. */
export function crashConfig(directory: string): FileSystemConfig {
  return archiveConfig(directory, { directory, fileName: '%START_DATE%/%LSID%.%EXTENSION%' });
}

/** Two batches; the second has an update of the first session. */
export async function crashSessions(): Promise<readonly (readonly SessionDelivery[])[]> {
  const sessions = Array.from({ length: 8 }, (_, index) => makeSessionDelivery({ lsid: `s${index}` }));
  const update = makeSessionDelivery({ lsid: 's0', chat: 'changed' });
  return [await Promise.all(sessions.slice(0, 4)), await Promise.all([update, ...sessions.slice(4)])];
}

export function crashRecording(staging: string): Promise<FileDelivery> {
  return makeFileDelivery(
    { kind: 'session-recordings', lsid: 's0', content: 'video '.repeat(1000) },
    staging,
  );
}

/** What the archive holds after the whole run, whatever happened on the way. */
export const crashFiles: readonly string[] = [
  ...['s0.1.xml', 's0.mp4', 's0.xml', 's1.xml', 's2.xml', 's3.xml', 's4.xml', 's5.xml', 's6.xml', 's7.xml'],
].map((name) => `2026-11-22/${name}`);
