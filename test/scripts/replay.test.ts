import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { renderSession } from '../appliance/render-session.ts';
import { emptyTexts } from '../appliance/settings.ts';
import { aSession, plainStyle } from '../appliance/specimens.ts';
import { visibleFiles } from '../support/archive.ts';
import { storedSessions } from '../support/archive-contents.ts';
import { hour, type Installation, install } from '../support/installation.ts';
import { assertArchived } from '../support/oracle.ts';
import { runIc } from '../support/program.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const now = Math.floor(Date.now() / 1000);

describe('ic replay FILE', { concurrency: 3 }, () => {
  test('shows what a file holds, and needs no configuration', async (t) => {
    const directory = await temporaryDirectory(t);
    const sessions = someSessions(3);
    await writeFile(join(directory, 'saved.xml'), reportOf(sessions));
    const shown = await runIc(['replay', 'saved.xml'], { cwd: directory });
    assert.deepEqual([shown.code, shown.stderr], [0, '']);
    for (const { lsid } of sessions) assert.ok(shown.stdout.includes(lsid));
    const { code, stdout } = await runIc(['replay', 'saved.xml', '--json'], { cwd: directory });
    const document = JSON.parse(stdout);
    assert.deepEqual([code, document.exit_code], [0, 0]);
    assert.deepEqual(
      document.sessions.map(({ lsid }: { lsid: string }) => lsid),
      sessions.map(({ lsid }) => lsid),
    );
  });

  test('delivers what a pull would have, and twice changes nothing', async (t) => {
    const installation = await installWithSaved(t);
    const { archive, json } = installation;
    const first = await replay(installation);
    assert.deepEqual(first, { code: 0, delivered: 3, unchanged: 0 });
    const files = await contents(archive);
    assert.deepEqual(await replay(installation), { code: 0, delivered: 0, unchanged: 3 });
    assert.deepEqual(await contents(archive), files);
    assert.equal(installation.appliance.requests.count(), 0, 'no appliance is asked');
    const shown = await json(['state', 'show']);
    assert.deepEqual(shown.document.transfers, [], 'no state is needed');
  });

  test('after a pull changes nothing, and a pull after it stores nothing again', async (t) => {
    const installation = await installWithSaved(t);
    const { appliance, archive, pull } = installation;
    appliance.sessions.addAll(someSessions(3));
    const half = reportOf(someSessions(3).slice(0, 1));
    assert.deepEqual(await replay(installation, ['-'], half), { code: 0, delivered: 1, unchanged: 0 });
    const pulled = await pull();
    assert.deepEqual([pulled.sessions.delivered, pulled.sessions.unchanged], [2, 1]);
    assert.deepEqual(await replay(installation), { code: 0, delivered: 0, unchanged: 3 });
    await assertArchived(appliance, archive);
  });

  test('reads standard input, and gzip by any name', async (t) => {
    const installation = await installWithSaved(t);
    const { directory } = installation;
    const report = reportOf(someSessions(3));
    assert.deepEqual(await replay(installation, ['-'], report), { code: 0, delivered: 3, unchanged: 0 });
    const packed = gzipSync(report);
    await writeFile(join(directory, 'packed'), packed);
    assert.deepEqual(await replay(installation, ['packed']), { code: 0, delivered: 0, unchanged: 3 });
    assert.deepEqual(await replay(installation, ['-'], packed), { code: 0, delivered: 0, unchanged: 3 });
    const cut = await installation.json(['replay', '-', '--to', 'archive'], {
      input: packed.subarray(0, packed.length - 20),
    });
    assert.notEqual(cut.code, 0);
  });

  test('delivers an open session as it is', async (t) => {
    const installation = await installWithSaved(t);
    const open = aSession({ startTime: now - hour, endTime: null });
    assert.deepEqual(await replay(installation, ['-'], reportOf([open])), {
      code: 0,
      delivered: 1,
      unchanged: 0,
    });
    const [stored] = await storedSessions(installation.archive);
    assert.equal(stored?.session.endTime, null);
  });

  test('takes the other records of a file with an invalid one and exits with 3; alone it is 76', async (t) => {
    const installation = await installWithSaved(t);
    const invalid = aSession({ startTime: now - hour, style: { ...plainStyle, omitLsid: true } });
    const mixed = reportOf([...someSessions(1), invalid, ...someSessions(3).slice(1)]);
    assert.deepEqual(await replay(installation, ['-'], mixed), { code: 3, delivered: 3, unchanged: 0 });
    assert.deepEqual(await replay(installation, ['-'], mixed), { code: 3, delivered: 0, unchanged: 3 });
    const alone = await installation.json(['replay', '-', '--to', 'archive'], { input: reportOf([invalid]) });
    assert.equal(alone.code, 76, alone.stderr);
    for (const [input, code] of [
      [mixed, 3],
      [reportOf([invalid]), 76],
    ] as const) {
      assert.equal((await installation.json(['replay', '-'], { input })).code, code, 'shown, it is the same');
    }
  });

  for (const language of ['en', 'fr'] as const) {
    test(`of a saved “nothing found”, ${language}, is a success`, async (t) => {
      const installation = await installWithSaved(t);
      const saved = `<?xml version="1.0"?>\n\n<error >${emptyTexts[language].sessions}</error>\n`;
      const expected = { code: 0, delivered: 0, unchanged: 0 };
      assert.deepEqual(await replay(installation, ['-'], saved), expected);
      assert.equal((await installation.json(['replay', '-'], { input: saved })).code, 0);
    });
  }

  const strange: Readonly<Record<string, string>> = {
    'another root': '<api_info><version>23.2.1</version></api_info>',
    'a page': '<!DOCTYPE html><html><head><title>Sign in</title></head><body></body></html>',
    'an unknown error': '<error>The database is being upgraded.</error>',
    'a text': 'Document Not Found',
    nothing: '',
  };
  for (const [name, input] of Object.entries(strange)) {
    test(`of ${name} is 76`, async (t) => {
      const installation = await installWithSaved(t);
      for (const parameters of [
        ['replay', '-', '--to', 'archive'],
        ['replay', '-'],
      ]) {
        const { code, document } = await installation.json(parameters, { input });
        assert.deepEqual([code, document.error.code], [76, 'not-understood']);
      }
      assert.deepEqual(await visibleFiles(installation.archive), []);
    });
  }

  test('of a truncated file takes the whole records before the cut, and says so', async (t) => {
    const installation = await installWithSaved(t);
    const report = reportOf(someSessions(3));
    const cut = report.slice(0, Math.floor(report.length * 0.8));
    const { code, document } = await installation.json(['replay', '-', '--to', 'archive'], { input: cut });
    assert.deepEqual([code, document.kinds.sessions.delivered], [3, 2]);
    assert.equal(document.error.code, 'not-understood');
    assert.equal((await storedSessions(installation.archive)).length, 2);
    assert.deepEqual(await replay(installation), { code: 0, delivered: 1, unchanged: 2 });
  });

  test('of a file that is not there is 74', async (t) => {
    const { json } = await installWithSaved(t);
    assert.equal((await json(['replay', 'absent.xml'])).code, 74);
    assert.equal((await json(['replay', 'absent.xml', '--to', 'archive'])).code, 74);
  });

  test('of several files goes through all of them', async (t) => {
    const installation = await installWithSaved(t);
    await writeFile(join(installation.directory, 'more.xml'), reportOf(someSessions(5).slice(3)));
    const both = await replay(installation, ['saved.xml', 'more.xml']);
    assert.deepEqual(both, { code: 0, delivered: 5, unchanged: 0 });
  });

  test('--host and --site say which appliance the file came from', async (t) => {
    const installation = await installWithSaved(t);
    const { archive } = installation;
    await replay(installation, ['saved.xml', '--host', 'other.example.com']);
    assert.ok((await visibleFiles(archive)).every((name) => name.startsWith('other.example.com-')));
    await replay(installation, ['saved.xml', '--site', 'hq']);
    const named = (await visibleFiles(archive)).filter((name) => name.startsWith('127.0.0.1-'));
    assert.equal(named.length, 3);
  });
});

/** The same ones each time. */
function someSessions(count: number) {
  return Array.from({ length: count }, (_, index) =>
    aSession({
      lsid: `${index}`.repeat(32),
      startTime: now - hour - index * 60 - 600,
      endTime: now - hour - index * 60,
    }),
  );
}

function reportOf(sessions: readonly ReturnType<typeof aSession>[]): string {
  const records = sessions.map((session) => renderSession(session, '', () => 'https://link')).join('');
  return `<?xml version="1.0" encoding="UTF-8"?>\n<session_list xmlns="https://www.beyondtrust.com/namespaces/API/reporting">\n${records}</session_list>\n`;
}

async function installWithSaved(t: TestContext): Promise<Installation> {
  const installation = await install(t);
  await writeFile(join(installation.directory, 'saved.xml'), reportOf(someSessions(3)));
  return installation;
}

async function replay(
  { json }: Installation,
  parameters: readonly string[] = ['saved.xml'],
  input?: string | Buffer,
) {
  const { code, document } = await json(
    ['replay', ...parameters, '--to', 'archive'],
    input === undefined ? {} : { input },
  );
  const { delivered, unchanged } = document.kinds.sessions;
  return { code, delivered, unchanged };
}

async function contents(archive: string): Promise<readonly (readonly [string, string])[]> {
  const names = await visibleFiles(archive);
  return Promise.all(names.map(async (name) => [name, await readFile(join(archive, name), 'utf8')] as const));
}
