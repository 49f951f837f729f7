import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { media } from '../appliance/media.ts';
import type { Installation } from './installation.ts';

/** Adds a session that ended `ago` seconds before the appliance's present time; its LSID. */
export function addEnded({ appliance }: Installation, ago: number): string {
  const endTime = appliance.clock.seconds() - ago;
  return appliance.sessions.add({ startTime: endTime - 600, endTime, recording: media() }).lsid;
}

/** Adds a session that began `ago` seconds ago and never ends. */
export function addOpen({ appliance }: Installation, ago: number): string {
  return appliance.sessions.add({
    startTime: appliance.clock.seconds() - ago,
    endTime: null,
    recording: media(),
  }).lsid;
}

/** Changes the configuration as a person would: by its text. */
export async function edit(
  { ini }: Installation,
  ...changes: readonly (readonly [string, string])[]
): Promise<void> {
  let text = await readFile(ini, 'utf8');
  for (const [before, after] of changes) {
    if (!text.includes(before)) throw new Error(`the configuration does not hold ${before}`);
    text = text.replaceAll(before, after);
  }
  await writeFile(ini, text);
}

export async function loseState({ directory }: Installation): Promise<void> {
  const names = (await readdir(directory)).filter((name) => name.startsWith('ic-state'));
  for (const name of names) await rm(join(directory, name));
}

/** LSIDs of what the archive's files hold of a kind of file, each as often as it is there. */
export async function heldIn(
  archive: string,
  extension: string,
  lsids: readonly string[],
): Promise<readonly string[]> {
  const names = (await readdir(archive, { recursive: true }).catch(() => [])).filter((name) =>
    name.endsWith(extension),
  );
  return names.flatMap((name) => lsids.filter((lsid) => name.includes(lsid))).sort();
}
