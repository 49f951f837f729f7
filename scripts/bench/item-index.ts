import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ItemIndex } from '../../src/destinations/file-system/item-index.ts';
import { Manifest } from '../../src/destinations/file-system/manifest.ts';
import type { FileEntry } from '../../src/destinations/file-system/manifest-line.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { nodeFileSystem } from '../../src/platform/file-system.ts';
import type { Bench } from './main.ts';
import { median } from './measure.ts';

const items = 1_000_000;
const lookedUp = 1_000;

/** The index of an archive with a million sessions: made anew, opened again, asked for a thousand of them. */
export const itemIndex: Bench = {
  name: 'item-index',
  async run(report) {
    const root = await mkdtemp(join(tmpdir(), 'ic-bench-'));
    try {
      await writeManifest(root);
      const build = await timed(async () => {
        const index = open(root);
        await index.filesOf([itemAt(0)]);
        index.close();
      });
      report({
        what: 'index of a million items, made anew',
        value: build,
        unit: ' s',
        most: 60,
        detail: 'once',
      });
      const { size } = await stat(join(root, 'ic-manifest', '.items.db'));
      report({ what: '… its file', value: size / 1e6, unit: ' MB', most: 150, detail: `${items} items` });
      const times: number[] = [];
      for (let round = 0; round < 5; round += 1) times.push(await timed(() => lookUp(root)));
      report({
        what: `… opened and asked for ${lookedUp} items`,
        value: median(times),
        unit: ' s',
        most: 1,
        detail: 'median of 5',
      });
    } finally {
      await rm(root, { recursive: true, force: true });
    }
  },
};

async function lookUp(root: string): Promise<void> {
  const index = open(root);
  const wanted = Array.from({ length: lookedUp }, (_, number) => itemAt((number * 7919) % items));
  const found = await index.filesOf(wanted);
  index.close();
  if (found.some((files) => files.length !== 1)) throw new Error('The index does not find what is there.');
}

async function writeManifest(root: string): Promise<void> {
  const manifest = new Manifest(root, { clock: systemClock, fileSystem: nodeFileSystem });
  const atOnce = 50_000;
  for (let from = 0; from < items; from += atOnce)
    await manifest.append(Array.from({ length: atOnce }, (_, number) => entryAt(from + number)));
}

async function timed(work: () => Promise<void>): Promise<number> {
  const began = performance.now();
  await work();
  return (performance.now() - began) / 1000;
}

function open(root: string): ItemIndex {
  return new ItemIndex(root, nodeFileSystem, () => true);
}

function itemAt(number: number) {
  return { site: 'hq', kind: 'sessions', lsid: lsidAt(number), instance: null } as const;
}

function lsidAt(number: number): string {
  return number.toString(16).padStart(32, '0');
}

function entryAt(number: number): FileEntry {
  const lsid = lsidAt(number);
  return {
    type: 'stored',
    at: '2026-11-22T10:00:00.000Z',
    transfer: 'hq-to-archive',
    site: 'hq',
    host: 'support.example.com',
    kind: 'sessions',
    lsid,
    instance: null,
    path: `support.example.com-support-${lsid}.xml`,
    bytes: 14_000,
    sha256: lsid.repeat(2),
    content_hash: `2:${lsid.repeat(2).slice(2)}`,
    start: '2026-11-22T09:00:00.000Z',
    end: '2026-11-22T09:30:00.000Z',
    downloaded: null,
    lseq: String(number),
    session_type: 'support',
    external_key: null,
  };
}
