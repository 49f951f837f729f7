// Run by the runtime with a folder: writes the code that V8 makes of the program in a pull that finds nothing new, which
// is what cron starts most of the time. What a pull does not reach is compiled when it is first called, as ever.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Script } from 'node:vm';
import { projectRoot } from '../scripts/runtime.mjs';
import { CODE_CACHE, PROGRAM } from './parts.mjs';

const [folder = ''] = process.argv.slice(2);
const require = createRequire(import.meta.url);
const assets = { getAssetKeys: () => [], getRawAsset: (/** @type {string} */ name) => readAsset(name) };

const script = new Script(readFileSync(join(folder, PROGRAM), 'latin1'), { filename: PROGRAM });
/** @type {{ runCommandLine?: (argv: readonly string[]) => Promise<number> }} */
const program = {};
script.runInThisContext()(program, requireForProgram, join(folder, PROGRAM), folder);
await pullNothingNew();
writeFileSync(join(folder, CODE_CACHE), script.createCachedData());

/** @param {string} name */
function requireForProgram(name) {
  return name === 'node:sea' ? assets : require(name);
}

/** @param {string} name */
function readAsset(name) {
  const bytes = readFileSync(join(projectRoot, name));
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
}

/** Twice: the first pull begins the state. */
async function pullNothingNew() {
  const appliance = createServer(answer).listen(0, '127.0.0.1');
  await new Promise((resolve) => appliance.once('listening', resolve));
  const directory = mkdtempSync(join(tmpdir(), 'ic-build-'));
  try {
    const { port } = /** @type {import('node:net').AddressInfo} */ (appliance.address());
    writeFileSync(join(directory, 'ic.ini'), configuration(port));
    process.chdir(directory);
    for (let round = 1; round <= 2; round += 1) {
      const exitCode = await program.runCommandLine?.(['pull', '--quiet']);
      if (exitCode !== 0) throw new Error(`A pull for the code cache ended with ${exitCode}.`);
    }
  } finally {
    process.chdir(folder);
    appliance.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

/**
 * An appliance without sessions.
 * @param {import('node:http').IncomingMessage} request
 * @param {import('node:http').ServerResponse} response
 */
function answer(request, response) {
  request.resume();
  if (request.url?.startsWith('/oauth2/token')) {
    response.setHeader('Content-Type', 'application/json');
    response.end('{"access_token":"token","token_type":"Bearer","expires_in":3600}');
  } else {
    response.setHeader('Content-Type', 'text/xml');
    response.end(
      '<?xml version="1.0" encoding="UTF-8"?>\n' +
        '<error xmlns="http://www.beyondtrust.com/sra/namespaces/API/reporting">' +
        'No Support report information matching your chosen criteria is available.</error>\n',
    );
  }
}

/** @param {number} port */
function configuration(port) {
  return `[site.warm-up]
host = 127.0.0.1:${port}
insecure_http = true
client_id = id
client_secret = secret
[destination.archive]
type = file-system
directory = archive
[transfer.nothing]
site = warm-up
destination = archive
data = sessions
start = 2d
`;
}
