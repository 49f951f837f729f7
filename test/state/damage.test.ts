import assert from 'node:assert/strict';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import { silentLogger } from '../../src/platform/logger.ts';
import { migrations } from '../../src/state/schema.ts';
import { sealed, unseal } from '../../src/state/seal.ts';
import { openState } from '../../src/state/store.ts';
import { namesIn } from '../support/names-in.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { begin, delivered, hashOf, session, time, watermark } from './samples.ts';

/** A state with two generations: watermark `time` in the previous one, `time + 1` in the present one. */
async function twoGenerations(t: TestContext): Promise<{ path: string; directory: string }> {
  const directory = await temporaryDirectory(t);
  const path = join(directory, 'state.db');
  const state = await openState(path);
  await state.commit([begin('a'), watermark('a', time), delivered('a', '1')]);
  await state.commit([watermark('a', time + 1)]);
  state.close();
  return { path, directory };
}

async function watermarkAt(path: string): Promise<number | null | undefined> {
  const state = await openState(path);
  const found = state.transfer('a')?.kinds.get('sessions')?.watermark;
  state.close();
  return found;
}

const flipped = (bytes: Buffer, position: number) => {
  const copy = Buffer.from(bytes);
  copy[position] = (copy[position] ?? 0) ^ 1;
  return copy;
};

const damages: Readonly<Record<string, (bytes: Buffer) => Buffer>> = {
  'cut in the middle': (bytes) => bytes.subarray(0, bytes.length / 2),
  'cut by one byte': (bytes) => bytes.subarray(0, -1),
  'of no length': () => Buffer.alloc(0),
  'of zeros': (bytes) => Buffer.alloc(bytes.length),
  'a text': () => Buffer.from('not a state\n'.repeat(1000)),
  'with a byte too many': (bytes) => Buffer.concat([bytes, Buffer.from('x')]),
};

for (const [name, damage] of Object.entries(damages)) {
  test(`a state file ${name} falls back to the previous generation, loudly, and is kept aside`, async (t) => {
    const { path, directory } = await twoGenerations(t);
    const damaged = damage(await readFile(path));
    await writeFile(path, damaged);
    const state = await openState(path);
    assert.deepEqual(
      state.notices.map(({ level, rebuild }) => ({ level, rebuild })),
      [{ level: 'warn', rebuild: true }],
    );
    assert.match(state.notices[0]?.message ?? '', /is damaged; its previous generation is used/);
    assert.equal(state.transfer('a')?.kinds.get('sessions')?.watermark, time);
    assert.equal(state.delivered('a', session('1')), hashOf('a'));
    assert.deepEqual(await namesIn(directory), ['state.db', 'state.db.previous'], 'looking changes nothing');
    await state.commit([watermark('a', time + 2)]);
    state.close();
    const aside = (await namesIn(directory)).filter((entry) => entry.startsWith('state.db.damaged-'));
    assert.equal(aside.length, 1);
    assert.deepEqual(await readFile(join(directory, aside[0] ?? '')), damaged);
    assert.equal(await watermarkAt(path), time + 2);
  });
}

test('any single byte that changed is noticed', async (t) => {
  const { path } = await twoGenerations(t);
  const good = await readFile(path);
  assert.ok(unseal(good));
  for (let position = 0; position < good.length; position += 1) {
    assert.equal(unseal(flipped(good, position)), null, `byte ${position}`);
  }
  for (let length = 0; length < good.length; length += 997)
    assert.equal(unseal(good.subarray(0, length)), null);
});

test('a missing file falls back to the previous generation, loudly', async (t) => {
  const { path, directory } = await twoGenerations(t);
  await rm(path);
  const state = await openState(path);
  assert.deepEqual([state.notices[0]?.level, state.notices[0]?.rebuild], ['warn', true]);
  assert.match(state.notices[0]?.message ?? '', /missing/);
  await state.commit([watermark('a', time + 2)]);
  state.close();
  assert.deepEqual(await namesIn(directory), ['state.db', 'state.db.previous']);
  assert.equal(await watermarkAt(path), time + 2);
  assert.equal(await watermarkAt(`${path}.previous`), time);
});

test('with both generations damaged the state begins anew, loudly, and both are kept aside', async (t) => {
  const { path, directory } = await twoGenerations(t);
  for (const file of [path, `${path}.previous`]) await writeFile(file, 'damaged');
  const state = await openState(path);
  assert.deepEqual([state.notices[0]?.level, state.notices[0]?.rebuild], ['warn', true]);
  assert.deepEqual(state.transfers(), []);
  await state.commit([begin('b')]);
  state.close();
  const names = await namesIn(directory);
  assert.equal(names.filter((name) => name.includes('.damaged-')).length, 2);
  assert.deepEqual((await openState(path)).notices, []);
});

test('a damaged previous generation harms nobody', async (t) => {
  const { path } = await twoGenerations(t);
  await writeFile(`${path}.previous`, 'damaged');
  const state = await openState(path);
  assert.deepEqual(state.notices, []);
  await state.commit([watermark('a', time + 2)]);
  state.close();
  assert.equal(await watermarkAt(`${path}.previous`), time + 1);
});

for (const [name, lose] of Object.entries({
  removed: (path: string) => rm(path),
  damaged: (path: string) => writeFile(path, 'damaged'),
})) {
  test(`a file that is ${name} while a run goes on is written anew, with all that the run knows`, async (t) => {
    const { path } = await twoGenerations(t);
    const warnings: string[] = [];
    const logger = { ...silentLogger, warn: (message: string) => warnings.push(message) };
    const state = await openState(path, { logger });
    await state.commit([delivered('a', '2')]);
    await lose(path);
    await state.commit([delivered('a', '3')]);
    await state.commit([delivered('a', '4')]);
    state.close();
    assert.equal(warnings.length, 1);
    const after = await openState(path);
    assert.deepEqual(after.notices, []);
    for (const lsid of ['1', '2', '3', '4']) assert.equal(after.delivered('a', session(lsid)), hashOf('a'));
    after.close();
  });
}

test('a run says that the file was lost also when its generation is the one that is left', async (t) => {
  const { path } = await twoGenerations(t);
  const warnings: string[] = [];
  const logger = { ...silentLogger, warn: (message: string) => warnings.push(message) };
  const state = await openState(path, { logger });
  const other = await openState(path);
  await other.commit([delivered('a', 'of another process')]);
  other.close();
  await writeFile(path, 'damaged');
  await state.commit([delivered('a', '2')]);
  state.close();
  assert.match(warnings.join(), /was damaged or removed while ic runs: it is written anew/);
  const after = await openState(path);
  assert.deepEqual(after.notices, []);
  for (const lsid of ['1', '2']) assert.equal(after.delivered('a', session(lsid)), hashOf('a'));
  assert.equal(unseal(await readFile(path))?.generation, 3);
  after.close();
});

test("a state whose mark was damaged is damage, not another program's database", async (t) => {
  const { path } = await twoGenerations(t);
  const applicationIdAt = 68;
  await writeFile(path, flipped(await readFile(path), applicationIdAt));
  const state = await openState(path);
  assert.match(state.notices[0]?.message ?? '', /is damaged; its previous generation is used/);
  assert.equal(state.transfer('a')?.kinds.get('sessions')?.watermark, time);
  state.close();
});

test('a state of a later version is refused and left alone', async (t) => {
  const { path } = await twoGenerations(t);
  const image = Buffer.from(unseal(await readFile(path))?.image ?? []);
  image.writeUInt32BE(migrations.length + 1, 60);
  const later = sealed(image, 9);
  await writeFile(path, Buffer.concat([later.image, later.seal]));
  await assert.rejects(openState(path), { code: 'io', message: /later version of ic/, hint: /that version/ });
});

test("another program's database is refused and left alone", async (t) => {
  const path = join(await temporaryDirectory(t), 'ic.db');
  const database = new DatabaseSync(path);
  database.exec('CREATE TABLE session (id INTEGER)');
  database.close();
  const before = await readFile(path);
  await assert.rejects(openState(path), { code: 'io', message: /database of another program/ });
  assert.deepEqual(await readFile(path), before);
});

test('a path that is a directory, or leads through a file, is an error that says so', async (t) => {
  const directory = await temporaryDirectory(t);
  await mkdir(join(directory, 'state.db'));
  await assert.rejects(openState(join(directory, 'state.db')), {
    code: 'io',
    message: /directory of that name/,
  });
  await writeFile(join(directory, 'file'), '');
  const opened = openState(join(directory, 'file', 'state.db'));
  // To Windows there is nothing at such a path, until somebody writes there.
  const written = opened.then((state) => state.commit([begin('a')]));
  const message = process.platform === 'win32' ? /file already exists/ : /a part of the path is a file/;
  await assert.rejects(written, { code: 'io', message });
});
