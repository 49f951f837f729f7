import { exitWith } from './platform/exit.ts';
import { version } from './platform/version.ts';

/**
 * Command line in, exit code out. The version is answered before anything else is loaded, so that it costs
 * hardly more than the bare runtime.
 */
async function main(argv: readonly string[]): Promise<number> {
  if (argv.length === 1 && argv[0] === '--version') {
    process.stdout.write(`ic ${version}\n`);
    return 0;
  }
  const { runCommandLine } = await import('./commands/run.ts');
  return runCommandLine(argv);
}

// No top-level await: the executable's bundle is CommonJS, which has none.
exitWith(main(process.argv.slice(2)));
