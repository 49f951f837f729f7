import type { Kind } from '../../platform/kinds.ts';
import type { RecoveredEntry, Recovery } from '../destination.ts';
import { type Manifest, shortKey } from './manifest.ts';
import { isFileEntry, timeOf } from './manifest-line.ts';

/**
 * What a manifest says of a site's kind; null when it says nothing. Entries come as they were stored last, newest first,
 * read as they are asked for, one for each item.
 */
export async function recoverFrom(manifest: Manifest, site: string, kind: Kind): Promise<Recovery | null> {
  const watermark = await manifest.watermark(site, kind);
  if (watermark === null && (await isEmpty(recoveredEntries(manifest, site, kind)))) return null;
  return { watermark, entries: recoveredEntries(manifest, site, kind) };
}

async function isEmpty(entries: AsyncIterable<RecoveredEntry>): Promise<boolean> {
  for await (const _first of entries) return false;
  return true;
}

async function* recoveredEntries(
  manifest: Manifest,
  site: string,
  kind: Kind,
): AsyncGenerator<RecoveredEntry> {
  const seen = new Set<string>();
  for await (const line of manifest.backwards()) {
    if (!isFileEntry(line) || line.site !== site || line.kind !== kind) continue;
    const item = shortKey(`${line.lsid}/${line.instance}`);
    if (seen.has(item)) continue;
    seen.add(item);
    yield {
      lsid: line.lsid,
      instance: line.instance,
      contentHash: line.content_hash,
      time: timeOf(line),
    };
  }
}
