import { writeSync } from 'node:fs';
import { isSea } from 'node:sea';
import { stopCoverage } from 'node:v8';
import { exitWith } from './platform/exit.ts';
import { version } from './platform/version.ts';

/**
 * Command line in, exit code out. The version is answered before anything else is loaded, so that it costs
 * hardly more than the bare runtime.
 */
async function main(argv: readonly string[]): Promise<number> {
  if (argv.length === 1 && argv[0] === '--version') {
    try {
      writeSync(process.stdout.fd, `ic ${version}\n`);
      return 0;
    } catch {
      // The long way tells what is wrong with the output.
    }
  }
  const { runCommandLine } = await import('./commands/run.ts');
  return runCommandLine(argv);
}

/**
 * Takes the effect from what switches safety off or makes the runtime write files. The executable's own flags deal with
 * OPENSSL_CONF, NODE_OPTIONS, NODE_REDIRECT_WARNINGS and the debugger: see build/executable.mjs.
 */
function ignoreUnsafeEnvironment(env: NodeJS.ProcessEnv): void {
  // Each TLS client demands verification by itself; this also keeps Node from announcing the opposite.
  delete env.NODE_TLS_REJECT_UNAUTHORIZED;
  if (!isSea()) return;
  if (env.NODE_V8_COVERAGE !== undefined) stopCoverage();
  // Without a listener, the signal that no longer opens the debugger would end the process.
  if (process.platform !== 'win32') process.on('SIGUSR1', () => {});
}

// No top-level await: the executable's bundle is CommonJS, which has none.
ignoreUnsafeEnvironment(process.env);
exitWith(main(process.argv.slice(2)));
