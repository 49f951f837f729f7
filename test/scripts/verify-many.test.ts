import assert from 'node:assert/strict';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { lazySessions } from '../appliance/seed.ts';
import { day, hour, type Installation, install } from '../support/installation.ts';

const count = 10_000;

test('in ten thousand files, one flipped byte, one missing file and one missing line are found and named', async (t) => {
  const installation = await install(t);
  const { appliance, archive, json, pull } = installation;
  const now = appliance.clock.seconds();
  appliance.sessions.addLazy(
    lazySessions({ seed: 11, count, from: now - day, to: now - hour, open: 0, abnormal: 0 }),
  );
  assert.equal((await pull()).sessions.delivered, count);
  assert.deepEqual((await json(['verify'])).document.destinations[0].files, count);

  const files = (await readdir(archive))
    .filter((name) => name.endsWith('.xml'))
    .map((name) => join(archive, name));
  const [altered = '', missing = ''] = [files[1_234], files[5_678]];
  await flipByte(altered);
  await rm(missing);
  const { manifest, line, path } = await removeLine(installation, 9_012, [altered, missing]);

  const { code, document, stderr } = await json(['verify']);
  assert.equal(code, 74, stderr);
  const problems = document.destinations[0].problems.map((problem: { kind: string; path: string }) => [
    problem.kind,
    problem.path,
  ]);
  assert.deepEqual(problems.sort(), [
    ['altered', altered],
    ['chain', manifest],
    ['missing', missing],
    ['unknown', path],
  ]);
  const chain = document.destinations[0].problems.find(
    (problem: { kind: string }) => problem.kind === 'chain',
  );
  assert.match(chain.message, new RegExp(`line with number ${line} is missing`));
});

async function flipByte(path: string): Promise<void> {
  const bytes = await readFile(path);
  const middle = Math.floor(bytes.length / 2);
  bytes[middle] = (bytes[middle] ?? 0) ^ 1;
  await writeFile(path, bytes);
}

/** Removes the first line from `from` on that tells of none of `others`; resolves with the file that it told of. */
async function removeLine({ archive }: Installation, from: number, others: readonly string[]) {
  const folder = join(archive, 'ic-manifest');
  const name = (await readdir(folder)).find((file) => file.endsWith('.jsonl')) ?? '';
  const manifest = join(folder, name);
  const lines = (await readFile(manifest, 'utf8')).split('\n');
  const index = lines.findIndex(
    (line, at) => at >= from && !others.includes(join(archive, JSON.parse(line).path)),
  );
  const [removed = ''] = lines.splice(index, 1);
  await writeFile(manifest, lines.join('\n'));
  return { manifest, line: index + 1, path: join(archive, JSON.parse(removed).path) };
}
