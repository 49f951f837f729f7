import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { conformance, type HeldRecord, type Place } from '../../conformance/conformance.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';
import { connectProgram, exampleUrl, nodeCommand } from './support.ts';

conformance(
  'siem-ndjson.mjs',
  { kinds: ['sessions', 'presentations'], onUpdate: 'adds', lacks: ['records', 'refusals'] },
  makePlace,
);

async function makePlace(context: TestContext): Promise<Place> {
  const directory = await temporaryDirectory(context);
  const files = join(directory, 'siem');
  return {
    connect: () =>
      connectProgram(nodeCommand(exampleUrl('siem-ndjson.mjs')), directory, {
        kinds: ['sessions', 'presentations'],
        settings: { directory: 'siem' },
      }),
    held: async (kind) => heldRecords(await linesIn(files), kind === 'sessions' ? 'session' : 'presentation'),
    sabotage: async () => {
      const aside = `${files}-aside`;
      const wasThere = await rename(files, aside).then(
        () => true,
        () => false,
      );
      await writeFile(files, 'in the way');
      return async () => {
        await rm(files);
        if (wasThere) await rename(aside, files);
      };
    },
  };
}

interface Line {
  readonly kind: string;
  readonly id: string;
  readonly lsid: string;
}

async function linesIn(directory: string): Promise<readonly Line[]> {
  const names = await readdir(directory).catch(() => []);
  const texts = await Promise.all(names.map((name) => readFile(join(directory, name), 'utf8')));
  return texts.flatMap((text) => text.split('\n').slice(0, -1)).map((line) => JSON.parse(line));
}

/** A record is its own line with the lines of its events. */
function heldRecords(lines: readonly Line[], kind: string): readonly HeldRecord[] {
  return lines
    .filter((line) => line.kind === kind)
    .map(({ id, lsid }) => ({
      lsid,
      text: lines
        .filter((line) => line.id === id || line.id.startsWith(`${id}/`))
        .map((line) => JSON.stringify(line))
        .join('\n'),
    }));
}
