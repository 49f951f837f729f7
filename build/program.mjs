// Stands in an executable in the place of src/commands/run.ts: the program lies beside it as an asset, with the code that
// V8 made of it in a pull, so that a pull compiles next to nothing, and `--version` does not even read it.
import { getAssetKeys, getRawAsset } from 'node:sea';
import { Script } from 'node:vm';
import { CODE_CACHE, PROGRAM } from './parts.mjs';

const source = Buffer.from(getRawAsset(PROGRAM)).toString('latin1');
// V8 takes only what its own kind has made: an executable for another platform holds none.
const cachedData = getAssetKeys().includes(CODE_CACHE) ? Buffer.from(getRawAsset(CODE_CACHE)) : undefined;

/** @type {{ runCommandLine?: (argv: readonly string[]) => Promise<number> }} */
const program = {};
new Script(source, { filename: PROGRAM, cachedData }).runInThisContext()(
  program,
  require,
  __filename,
  __dirname,
);
export const { runCommandLine } = program;
