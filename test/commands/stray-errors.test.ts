import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { startAppliance } from '../appliance/appliance.ts';
import { siteSection } from '../appliance/ini.ts';
import { aSession } from '../appliance/specimens.ts';
import { runProgram } from '../support/program.ts';
import { sourceCommand } from '../support/run-source.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { startTdsServer } from '../tds/server.ts';

const preload = pathToFileURL(join(import.meta.dirname, 'processes', 'stray-socket.mjs')).href;

/** `ic` from its sources, whose sockets to a database throw where nobody waits for it. */
async function run(t: TestContext, port: number, connectionString: string, parameters: readonly string[]) {
  const appliance = await startAppliance();
  t.after(() => appliance.close());
  const now = appliance.clock.seconds();
  for (let index = 1; index <= 5; index += 1)
    appliance.sessions.add(aSession({ startTime: now - 900 - index, endTime: now - 600 - index }));
  const directory = await temporaryDirectory(t);
  const transfer = (name: string, destination: string) =>
    `[transfer.${name}]\nsite = hq\ndestination = ${destination}\ndata = sessions\nstart = 1d`;
  const text = [
    siteSection(appliance, 'hq'),
    '[destination.archive]\ntype = file-system\ndirectory = archive',
    `[destination.warehouse]\ntype = sql-server\nconnection_string = ${connectionString}`,
    transfer('healthy', 'archive'),
    transfer('sick', 'warehouse'),
  ].join('\n');
  await writeFile(join(directory, 'ic.ini'), text, { mode: 0o600 });
  const [program, script] = sourceCommand;
  const env = { IC_CONFIG: undefined, IC_KEY: undefined, STRAY_PORT: String(port) };
  const options = { cwd: directory, env };
  return runProgram(program, ['--import', preload, script, ...parameters, '--json'], options);
}

test('a defect that nobody waits for fails its transfer, names the guilty one, and lets the other end', async (t) => {
  await using server = await startTdsServer();
  const { code, stdout } = await run(t, server.port, server.connectionString, ['pull']);
  const document = JSON.parse(stdout);
  const [healthy, sick] = document.transfers;
  assert.deepEqual([code, document.exit_code], [3, 3]);
  assert.deepEqual([healthy.status, healthy.kinds.sessions.delivered], ['ok', 5]);
  assert.deepEqual([sick.status, sick.error.code], ['failed', 'internal']);
  assert.match(sick.error.message, /transfer sick, destination warehouse: a defect of the driver/);
});

test('alone it is 1, and the document is printed', async (t) => {
  await using server = await startTdsServer();
  for (const command of [
    ['pull', 'sick'],
    ['check', '--destination', 'warehouse'],
  ]) {
    const { code, stdout } = await run(t, server.port, server.connectionString, command);
    assert.equal(code, 1, command.join(' '));
    assert.equal(JSON.parse(stdout).exit_code, 1);
    assert.match(stdout, /a defect of the driver/);
  }
});
