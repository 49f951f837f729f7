import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { FileSystemKindConfig } from '../../../src/config/configuration.ts';
import { type Kind, kinds } from '../../../src/platform/kinds.ts';
import { conformance, type HeldRecord, type Place, type Traits } from '../../conformance/conformance.ts';
import { archiveConfig, connectArchive, temporaryDirectory, visibleFiles } from '../../support/archive.ts';
import { makeSessionDelivery } from '../../support/deliveries.ts';

const modes: readonly (readonly [FileSystemKindConfig['onConflict'], Traits['onUpdate']])[] = [
  ['append-number', 'adds'],
  ['overwrite', 'replaces'],
  ['skip', 'skips'],
];

for (const [onConflict, onUpdate] of modes) {
  conformance(`file system, ${onConflict}`, { kinds, onUpdate }, async (context) =>
    makePlace(context, onConflict),
  );
}

async function makePlace(
  context: TestContext,
  onConflict: FileSystemKindConfig['onConflict'],
): Promise<Place> {
  const directory = join(await temporaryDirectory(context), 'archive');
  const sessions = { fileName: '%LSID%/%SUPPORT_SITE_HOST%-%LSID%.%EXTENSION%' };
  const config = archiveConfig(directory, { onConflict, byKind: { sessions } });
  return {
    connect: (names) => connectArchive(config, names),
    held: (kind) => heldRecords(join(directory, kind)),
    heldFiles: (kind) => heldFiles(directory, kind),
    sabotage: async () => {
      await writeFile(directory, 'in the way');
      return () => rm(directory);
    },
    unstorable: async () => {
      await mkdir(join(directory, 'sessions'), { recursive: true });
      await writeFile(join(directory, 'sessions', 'blocked'), 'in the way of its folder');
      return makeSessionDelivery({ lsid: 'blocked' });
    },
  };
}

async function heldRecords(directory: string): Promise<readonly HeldRecord[]> {
  const files = await visibleFiles(directory);
  return Promise.all(
    files.map(async (file) => {
      const text = await readFile(join(directory, file), 'utf8');
      return { lsid: /<\w+ lsid="([^"]*)"/.exec(text)?.[1] ?? '', text };
    }),
  );
}

async function heldFiles(directory: string, kind: Kind): Promise<readonly Uint8Array[]> {
  const files = await visibleFiles(join(directory, kind));
  return Promise.all(files.map((file) => readFile(join(directory, kind, file))));
}
