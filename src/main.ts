import { writeSync } from 'node:fs';
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

// No top-level await: the executable's bundle is CommonJS, which has none.
exitWith(main(process.argv.slice(2)));
