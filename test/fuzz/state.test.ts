import assert from 'node:assert/strict';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { IcError } from '../../src/platform/errors.ts';
import { sealed, sealLength, unseal } from '../../src/state/seal.ts';
import type { State } from '../../src/state/state.ts';
import { openState } from '../../src/state/store.ts';
import { begin, delivered, owedItem, run, session, time, watermark } from '../state/samples.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { fuzz } from './fuzz.ts';
import { mutated } from './mutations.ts';

const words = [
  ...[
    'SQLite format 3\0',
    'ic state sealed\n',
    'CREATE TABLE',
    'CREATE TRIGGER',
    'CREATE VIEW',
    'transfer',
    'sessions',
    'INTEGER',
    'TEXT',
  ],
  ...[
    '\x0d\0\0\0',
    '\x05\0\0\0',
    '\x0a\0\0\0',
    '\xff\xff\xff\xff',
    '\0\0\0\0',
    '\x7f\xff\xff\xff',
    '\xff'.repeat(9),
  ],
].map((word) => Buffer.from(word, 'latin1'));

async function sampleState(path: string): Promise<Buffer> {
  const state = await openState(path);
  await state.commit([begin('a'), watermark('a', time), delivered('a', '1'), delivered('a', '2')]);
  await state.commit([begin('b'), { type: 'owe', transfer: 'a', item: owedItem() }, run('a')]);
  state.close();
  return readFile(path);
}

/** Everything that is ever asked of a state. */
function ask(state: State): void {
  for (const { name } of state.transfers()) state.transfer(name);
  state.transfer('a');
  state.kind('a', 'sessions');
  state.delivered('a', session('1'));
  state.openSessions('a', 'sessions');
  state.owed('a');
  state.owedItem('a', owedItem());
  state.abandoned('a', 'sessions');
  state.isAbandoned('a', 'sessions', '1');
  state.givenUp('a');
  state.siteClock('hq');
  state.runs('a');
  state.lastWholeRun('a');
  state.foundLocked('a');
  state.days('a');
}

test('no changed byte of a state file keeps its seal', async (t) => {
  const original = await sampleState(join(await temporaryDirectory(t), 'ic-state.db'));
  await fuzz(t, mutated([original], words), 800, (bytes) => {
    assert.equal(unseal(bytes) !== null, bytes.equals(original));
  });
});

for (const [what, seal] of [
  ['any state file', (bytes: Buffer) => bytes],
  [
    'any image under a right seal',
    (bytes: Buffer) => {
      const { image, seal } = sealed(bytes.subarray(0, -sealLength), 7);
      return Buffer.concat([image, seal]);
    },
  ],
] as const) {
  test(`${what} is read, or falls back to the one before, or is an error for people`, async (t) => {
    const directory = await temporaryDirectory(t);
    const path = join(directory, 'ic-state.db');
    const original = await sampleState(path);
    const previous = await readFile(`${path}.previous`);
    await fuzz(t, fc.tuple(mutated([original], words), fc.boolean()), 250, async ([bytes, commits]) => {
      for (const name of await readdir(directory)) await rm(join(directory, name), { recursive: true });
      await writeFile(path, seal(bytes));
      await writeFile(`${path}.previous`, previous);
      try {
        const state = await openState(path);
        try {
          ask(state);
          if (commits) await state.commit([begin('a'), watermark('a', time + 9)]);
          if (commits) ask(state);
        } finally {
          state.close();
        }
      } catch (error) {
        assert.ok(error instanceof IcError && error.code === 'io', inspect(error));
      }
    });
  });
}
