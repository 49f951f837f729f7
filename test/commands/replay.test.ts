import assert from 'node:assert/strict';
import { appendFile, realpath, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import { renderPresentation } from '../appliance/render-presentation.ts';
import { renderSession } from '../appliance/render-session.ts';
import { anEvent, aPresentation, aSession } from '../appliance/specimens.ts';
import { sourceIn } from '../support/run-source.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const ic = (directory: string, ...parameters: readonly string[]) => sourceIn(directory)(...parameters);

const link = () => 'https://link';
const replay = ['replay', 'sessions.xml', 'presentations.xml', '--to', 'rows', '--host', 'a.example.com'];

test('records of kinds that nobody asked for are left out, and that is said', async (t) => {
  const directory = await withReports(t);
  const usual = await ic(directory, ...replay);
  assert.deepEqual([usual.code, usual.stdout], [0, 'Replayed into rows: 1 delivered.\n']);
  assert.match(usual.stderr, /presentations left out: 2\..*--data presentations/);
  const chosen = await ic(directory, ...replay, '--data', 'sessions');
  assert.deepEqual([chosen.code, chosen.stderr], [0, '']);
  const both = await ic(directory, ...replay, '--data', 'sessions,presentations');
  assert.match(both.stdout, /2 delivered, 1 unchanged/);
});

test('a kind that the destination cannot hold is refused before anything is delivered', async (t) => {
  const directory = await withReports(t);
  const site = '[site.hq]\nhost = a.example.com\nclient_id = a\nclient_secret = b\n';
  await appendFile(join(directory, 'ic.ini'), site);
  const fetching = ['replay', 'sessions.xml', '--to', 'rows', '--site', 'hq'];
  const refused = await ic(directory, ...fetching, '--data', 'sessions,session-recordings');
  assert.equal(refused.code, 78);
  assert.match(refused.stderr, /rows cannot hold session-recordings/);
  assert.match((await ic(directory, ...replay)).stdout, /1 delivered\./, 'the session was not there yet');
});

test('who does not say where a file came from is told how to, by what there is', async (t) => {
  const directory = await withReports(t);
  const unnamed = ['replay', 'sessions.xml', '--to', 'rows'];
  const without = await ic(directory, ...unnamed);
  assert.equal(without.code, 2);
  assert.match(without.stderr, /Name it with --host: rows tells/);
  const sites = ['hq', 'branch'].map(
    (name) => `[site.${name}]\nhost = ${name}.example.com\nclient_id = a\nclient_secret = b\n`,
  );
  await appendFile(join(directory, 'ic.ini'), sites.join(''));
  assert.match((await ic(directory, ...unnamed)).stderr, /Name it with --site \(hq, branch\) or --host: /);
});

test('what the destination refuses is told of with its remedy', async (t) => {
  const directory = await withReports(t);
  assert.equal((await ic(directory, ...replay)).code, 0);
  const database = new DatabaseSync(join(directory, 'rows.db'));
  database.exec(
    "DELETE FROM ic_delivery; CREATE TRIGGER no BEFORE UPDATE ON session BEGIN SELECT RAISE(ABORT, 'no'); END",
  );
  database.close();
  const { stderr } = await ic(directory, ...replay);
  assert.match(stderr, /refused by the destination: .*no\. Change the table, constraint or trigger/);
});

test('a presentation is shown without a number of events', async (t) => {
  const shown = await ic(await withReports(t), 'replay', 'presentations.xml');
  const [row = ''] = shown.stdout.split('\n').filter((line) => line.includes('Product tour'));
  assert.match(row, /Z {2}\S+ {2,}Product tour/, shown.stdout);
});

async function withReports(t: TestContext): Promise<string> {
  const directory = await temporaryDirectory(t);
  const times = { startTime: 1_795_341_000, endTime: 1_795_341_600 };
  const event = { time: times.startTime, type: 'Chat Message' };
  const session = renderSession(aSession(times), '', link);
  const presentations = ['1', '2'].map((lseq) =>
    renderPresentation(
      aPresentation({ ...times, lseq, name: 'Product tour', events: [anEvent(event), anEvent(event)] }),
      'presentation_session',
      '',
      link,
    ),
  );
  await writeFile(join(directory, 'ic.ini'), '[destination.rows]\ntype = sqlite\npath = rows.db\n');
  await writeFile(join(directory, 'sessions.xml'), report('session_list', session));
  await writeFile(
    join(directory, 'presentations.xml'),
    report('presentation_session_list', presentations.join('')),
  );
  return directory;
}

function report(root: string, records: string): string {
  return `<${root} xmlns="https://www.beyondtrust.com/namespaces/API/reporting">\n${records}</${root}>\n`;
}

for (const [what, text, said] of [
  ['is empty', '', /the document is empty/],
  ['is JSON', '{"sessions": []}', /not XML: it begins with text/],
  ['holds blanks alone', ' \n', /not XML: it has no root/],
] as const) {
  test(`of a file that ${what} this is said, and not that records of it were taken`, async (t) => {
    const directory = await temporaryDirectory(t);
    await writeFile(join(directory, 'saved.xml'), text);
    const { code, stderr } = await ic(directory, 'replay', 'saved.xml');
    assert.equal(code, 76);
    assert.match(stderr, said);
    assert.doesNotMatch(stderr, /outside of its root|were taken/);
  });
}

test('a file that is not there is missed in the directory where it was looked for', async (t) => {
  const directory = await realpath(await temporaryDirectory(t));
  const { code, stderr } = await ic(directory, 'replay', 'missing.xml');
  assert.equal(code, 74);
  assert.ok(stderr.includes(`Check that ${directory} exists`), stderr);
});
