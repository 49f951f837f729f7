import assert from 'node:assert/strict';
import { copyFile, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startAppliance } from '../../appliance/appliance.ts';
import { siteSection } from '../../appliance/ini.ts';
import { seedSessions } from '../../appliance/seed.ts';
import { type Ended, runProgram } from '../../support/program.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';
import { HelpdeskServer } from './helpdesk-server.ts';
import { exampleUrl, nodeCommand, noPython, python } from './support.ts';

const site = '[site.hq]\nhost = support.example.com\nclient_id = id\nclient_secret = ${env:SECRET}\n';
const report = `<session_list xmlns="https://www.beyondtrust.com/namespaces/API/reporting">
<session lsid="a1"><external_key>HD-7</external_key><start_time timestamp="1795341600"/><end_time timestamp="1795342200"/></session>
</session_list>`;

describe('ic with a program as its destination', { concurrency: true }, () => {
  test('push_to_helpdesk.py is checked, and given a report', { skip: noPython }, async (context) => {
    const helpdesk = await HelpdeskServer.start(context);
    const ic = await setUp(context, 'push_to_helpdesk.py', [
      site,
      `[destination.helpdesk]\ntype = program\ncommand = ${python} push_to_helpdesk.py`,
      `url = ${helpdesk.url}\ntoken = \${env:TOKEN}`,
    ]);
    const env = { TOKEN: helpdesk.token, no_proxy: '127.0.0.1' };

    const check = await ic.run(['check', '--destination', 'helpdesk'], env);
    assert.equal(check.code, 0, check.stdout + check.stderr);
    assert.match(check.stdout, /destination helpdesk: The program is ready\. It takes sessions/);
    const replay = ['replay', 'sample.xml', '--to', 'helpdesk', '--site', 'hq'];
    assert.match((await ic.run(replay, env)).stdout, /1 delivered/);
    assert.match((await ic.run(replay, env)).stdout, /0 delivered, 1 unchanged/);
    assert.deepEqual(
      [...helpdesk.notes.values()].map(({ ticket, subject }) => [ticket, subject]),
      [['HD-7', 'Support session a1']],
    );

    const refused = await ic.run(replay, { ...env, TOKEN: 'wrong-token' });
    assert.equal(refused.code, 0, 'what it knows it need not ask for');
    await writeFile(join(ic.directory, 'sample.xml'), report.replace('HD-7', 'HD-8'));
    const failed = await ic.run(replay, { ...env, TOKEN: 'wrong-token' });
    assert.equal(failed.code, 77);
    assert.match(failed.stderr, /destination helpdesk has given up: the ticket system refuses the token/);
    assert.doesNotMatch(failed.stdout + failed.stderr, /wrong-token/);
  });

  test('siem-ndjson.mjs takes a pull, and a program that crashes beside it does it no harm', async (context) => {
    const now = Date.parse('2026-11-22T12:00:00Z') / 1000;
    await using appliance = await startAppliance({ clock: { now: now * 1000, frozen: true } });
    appliance.sessions.addAll(seedSessions({ seed: 7, count: 30, from: now - 86_400, to: now - 3600 }));
    const closed = [...appliance.sessions.all()].filter(({ endTime }) => endTime !== null).length;
    const crash = nodeCommand(new URL('plugins/misbehaving.ts', import.meta.url));
    const ic = await setUp(context, 'siem-ndjson.mjs', [
      siteSection(appliance, 'hq'),
      'requests_per_second = 1000',
      `[destination.siem]\ntype = program\ncommand = "'${process.execPath}' siem-ndjson.mjs"\ndirectory = siem`,
      `[destination.crashing]\ntype = program\ncommand = ${crash} 'ends early'`,
      ...['siem', 'crashing'].map(
        (name) => `[transfer.${name}]\nsite = hq\ndestination = ${name}\ndata = sessions\nsweep = 0`,
      ),
    ]);

    const pull = await ic.run(['pull', '--json']);
    assert.equal(pull.code, 3, pull.stderr);
    const { transfers } = JSON.parse(pull.stdout);
    const [siem, crashing] = transfers;
    assert.deepEqual([siem.status, siem.kinds.sessions.delivered], ['ok', closed]);
    assert.deepEqual([crashing.status, crashing.kinds.sessions.delivered], ['failed', 0]);
    assert.equal(crashing.error.exit_code, 74);
    assert.match(crashing.error.message, /program of destination crashing ended with exit code 0/);
    const again = JSON.parse((await ic.run(['pull', 'siem', '--since', '30d', '--json'])).stdout);
    assert.deepEqual(
      [again.transfers[0].kinds.sessions.delivered, again.transfers[0].kinds.sessions.unchanged],
      [0, closed],
    );
    assert.equal((await sessionLines(join(ic.directory, 'siem'))).length, closed);
  });
});

interface Installation {
  readonly directory: string;
  run(parameters: readonly string[], env?: Readonly<Record<string, string>>): Promise<Ended>;
}

/** A directory with an example plugin, a saved report and a configuration. */
async function setUp(context: TestContext, plugin: string, lines: readonly string[]): Promise<Installation> {
  const directory = await temporaryDirectory(context);
  await copyFile(exampleUrl(plugin), join(directory, plugin));
  await writeFile(join(directory, 'sample.xml'), report);
  await writeFile(join(directory, 'ic.ini'), lines.join('\n'), { mode: 0o600 });
  const main = fileURLToPath(new URL('../../../src/main.ts', import.meta.url));
  return {
    directory,
    run: (parameters, env = {}) =>
      runProgram(process.execPath, [main, ...parameters], {
        cwd: directory,
        env: { SECRET: 'secret-of-hq', ...env },
      }),
  };
}

async function sessionLines(directory: string): Promise<readonly string[]> {
  const texts = await Promise.all(
    (await readdir(directory)).map((name) => readFile(join(directory, name), 'utf8')),
  );
  return texts.flatMap((text) => text.split('\n')).filter((line) => line.includes('"kind":"session"'));
}
