import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { ConfigurationError } from '../../src/config/problem.ts';
import { readConfiguration } from '../../src/config/read.ts';
import { resolveReferences, type Unresolved } from '../../src/config/references.ts';
import { problemsOf, readText } from '../support/configuration.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

async function resolved(value: string, env: NodeJS.ProcessEnv, directory = '/', lenient = false) {
  const problems: Unresolved[] = [];
  const report = (problem: Unresolved) => problems.push(problem);
  const entry = await resolveReferences({ key: 'k', value, line: 1 }, { directory, env }, lenient, report);
  return { ...entry, problems };
}

for (const [value, text] of [
  ['${env:A}', 'a'],
  ['x${env:A}y${env:B}z', 'xayb{}z'],
  ['${env:EMPTY}', ''],
  ['${env:TRAP}', '${env:A}'],
  ['$${env:A}', '${env:A}'],
  ['$${anything}', '${anything}'],
  ['a$b {c} ${} ${1} $', 'a$b {c} ${} ${1} $'],
] as const) {
  test(`${value} becomes ${text}`, async () => {
    const found = await resolved(value, { A: 'a', B: 'b{}', EMPTY: '', TRAP: '${env:A}' });
    assert.equal(found.text, text);
    assert.deepEqual(found.problems, []);
  });
}

for (const [value, message] of [
  ['${env:NOPE}', /environment variable NOPE/],
  ['${file:no.txt}', /no\.txt, which does not exist/],
  ['${ENV:A}', /no reference/],
  ['${A}', /no reference/],
  ['x ${env:A', /without a }/],
] as const) {
  test(`${value} is a problem`, async () => {
    const { problems, failed } = await resolved(value, { A: 'a' });
    assert.ok(failed);
    assert.equal(problems.length, 1);
    assert.match(problems[0]?.message ?? '', message);
    assert.ok(problems[0]?.remedy);
  });
}

test("a program's own templates are left alone, and references filled in", async () => {
  const found = await resolved('${title} ${env:A} $${env:A} ${x:y} $${z}', { A: 'a' }, '/', true);
  assert.equal(found.text, '${title} a ${env:A} ${x:y} $${z}');
});

test('text without a dollar sign is itself, whatever it is', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.string().filter((text) => !text.includes('$')),
      async (value) => {
        assert.equal((await resolved(value, {})).text, value);
      },
    ),
  );
});

test('a file gives its text without the last line end, relative to the configuration', async (t) => {
  const directory = await temporaryDirectory(t);
  await mkdir(join(directory, 'secrets'));
  for (const [name, content, text] of [
    ['unix', 'a b\n', 'a b'],
    ['windows', 'a b\r\n', 'a b'],
    ['bare', 'a b', 'a b'],
    ['two', 'a\n\n', 'a\n'],
    ['bom', '\ufeffa', 'a'],
    ['trap', '${env:A}\n', '${env:A}'],
  ] as const) {
    await writeFile(join(directory, 'secrets', name), content);
    const found = await resolved(`<\${file:secrets/${name}}>`, {}, directory);
    assert.equal(found.text, `<${text}>`);
    assert.deepEqual(found.parts, [
      { origin: 'file', path: join(directory, 'secrets', name), variable: null, text },
    ]);
  }
});

test('a file that is no text, or a directory, is a problem', async (t) => {
  const directory = await temporaryDirectory(t);
  await writeFile(join(directory, 'binary'), Buffer.from([0xff, 0xfe, 0x41, 0x00]));
  assert.match((await resolved('${file:binary}', {}, directory)).problems[0]?.message ?? '', /not UTF-8/);
  assert.match((await resolved('${file:.}', {}, directory)).problems[0]?.message ?? '', /directory/);
});

test('every reference that leads nowhere is reported, and nothing else about its key', async () => {
  const problems = await problemsOf(
    '[site.hq]\nhost = ${env:HOST}\nclient_id = ${env:ID}\nclient_secret = ${file:x}\n',
  );
  assert.deepEqual(
    problems.map(({ line, key, value }) => [line, key, value]),
    [
      [2, 'host', '${env:HOST}'],
      [3, 'client_id', '${env:ID}'],
      [4, 'client_secret', '${file:x}'],
    ],
  );
});

const account = '[site.hq]\nhost = support.example.com\nclient_id = ';

for (const [what, text, key, said] of [
  ['required', '[destination.a]\ntype = sqlite\npath = ${env:EMPTY}\n', 'path', /variable EMPTY/],
  ['one of two', `${account}a\nclient_secret = \${env:EMPTY}\n`, 'client_secret', /variable EMPTY/],
  ['one of none', `${account}\${env:EMPTY}\n`, 'client_id', /variable EMPTY/],
  ['needed', '[notify.mail]\nserver = a\nfrom = a@b\nto = ${env:EMPTY}\n', 'to', /variable EMPTY/],
  ['in a file', `${account}a\nclient_secret = \${file:empty}\n`, 'client_secret', /the file .*empty is/],
] as const) {
  test(`a value that is ${what} and turns out empty says where it came from`, async (t) => {
    const directory = await temporaryDirectory(t);
    await writeFile(join(directory, 'ic.ini'), text);
    await writeFile(join(directory, 'empty'), '\n');
    const reading = readConfiguration(join(directory, 'ic.ini'), { env: { EMPTY: '' } });
    await assert.rejects(reading, (error) => {
      assert.ok(error instanceof ConfigurationError);
      assert.deepEqual(
        error.problems.map((problem) => problem.key),
        [key],
      );
      const [problem] = error.problems;
      assert.match(problem?.message ?? '', /^is empty: /);
      assert.match(problem?.message ?? '', said);
      assert.doesNotMatch(problem?.remedy ?? '', / = /);
      return true;
    });
  });
}

test('without an environment of its own, the environment of the process counts', async (t) => {
  const directory = await temporaryDirectory(t);
  await writeFile(join(directory, 'ic.ini'), '[state]\npath = ${env:IC_TEST_SURELY_UNSET}\n');
  await assert.rejects(readConfiguration(join(directory, 'ic.ini')), ConfigurationError);
  const name = Object.keys(process.env).find((key) => /^[A-Z]+$/.test(key) && process.env[key]) ?? 'PATH';
  assert.ok(
    (
      await readText(`[destination.a]\ntype = program\ncommand = \${env:${name}}`, { env: process.env })
    ).destinations.get('a'),
  );
});
