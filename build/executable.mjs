// Single executables by Node's own `--build-sea`. pkg's SEA mode was tried first (6.14.2): it fetches `postject`
// from the registry during the build, outside the lock; without it, it reports success and leaves a bare Node; its
// work directory is shared by builds of the same millisecond; and with a runtime given it serves the host alone.
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findRuntime, hostPlatform, projectRoot } from '../scripts/runtime.mjs';
import { assetNames } from './bundle.mjs';
import { CODE_CACHE, PROGRAM, START } from './parts.mjs';
import { withoutSignature } from './pe-signature.mjs';

/**
 * V8 lets the space for young objects grow to 2 × 32 MB, whatever survives in it, and compiles in four threads, each of
 * which keeps some MB for its next compilation. What a pull makes lives for one batch: it takes 90 MB less memory, and
 * no more time, like this. The code cache depends on neither.
 */
const V8_FLAGS = ['--max-semi-space-size=1', '--v8-pool-size=1'];

/**
 * What the environment or another process could make of the runtime, and nobody may: OPENSSL_CONF loads libraries into it,
 * SIGUSR1 opens a debugger on a port, NODE_REDIRECT_WARNINGS writes a file.
 * @param {string} platform
 */
function hardeningFlags(platform) {
  const nothing = platform.startsWith('win32-') ? 'NUL' : '/dev/null';
  return [`--openssl-config=${nothing}`, '--disable-sigusr1', '--no-warnings'];
}

/**
 * Makes an executable out of a runtime and the parts in `folder`.
 * @param {{ platform: string, runtime: string, output: string }} kind
 *   `platform` such as `linux-x64`; the output's name in `folder`
 * @param {string} folder where the work is done
 */
export function makeExecutable({ platform, runtime, output }, folder) {
  const assets = assetNames().map((name) => [name, join(projectRoot, name)]);
  // V8 takes the code cache only from its own kind, so not from another platform.
  const parts = platform === hostPlatform ? [PROGRAM, CODE_CACHE] : [PROGRAM];
  const configuration = {
    main: START,
    assets: Object.fromEntries([...assets, ...parts.map((name) => [name, name])]),
    executable: strippedRuntime(platform, runtime, folder),
    output: `made-${output}`,
    disableExperimentalSEAWarning: true,
    // What NODE_OPTIONS says is meant for other programs, and a flag in there can make V8 refuse the code cache.
    execArgvExtension: 'none',
    execArgv: [...V8_FLAGS, ...hardeningFlags(platform)],
  };
  writeFileSync(join(folder, 'sea.json'), JSON.stringify(configuration));
  execFileSync(findRuntime(), ['--build-sea', 'sea.json'], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  // Written in one go, the file lies in Linux's page cache in large pieces, which count as memory of whatever runs it:
  // 35 MB more, until they have left the cache. A copy is written in small ones.
  copyFileSync(join(folder, `made-${output}`), join(folder, output));
  sign(platform, join(folder, output));
}

/**
 * Saves a pull 70 ms of compiling at each start.
 * @param {string} folder that holds the program
 */
export function makeCodeCache(folder) {
  const script = join(projectRoot, 'build/warm-up.mjs');
  execFileSync(findRuntime(), [...V8_FLAGS, script, folder], { stdio: ['ignore', 'ignore', 'inherit'] });
}

/**
 * Linux's runtime carries symbols that nothing needs: without them it has 116 MB instead of 150. That of Windows carries
 * a signature that would be void.
 * @param {string} platform
 * @param {string} runtime
 * @param {string} folder
 * @returns {string} the stripped runtime, or the runtime as it is where there is nothing to strip, or no `strip`
 */
function strippedRuntime(platform, runtime, folder) {
  const stripped = join(folder, `node-${platform}`);
  if (platform.startsWith('win32-')) {
    writeFileSync(stripped, withoutSignature(readFileSync(runtime)));
    return stripped;
  }
  if (!platform.startsWith('linux-')) return runtime;
  const { status } = spawnSync('strip', ['-o', stripped, runtime], { stdio: 'ignore' });
  return status === 0 ? stripped : runtime;
}

/**
 * macOS starts no executable whose signature does not fit; an ad-hoc one will do.
 * @param {string} platform
 * @param {string} executable
 */
function sign(platform, executable) {
  if (!platform.startsWith('darwin-')) return;
  execFileSync('codesign', ['--force', '--sign', '-', executable], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}
