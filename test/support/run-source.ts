import { join } from 'node:path';
import { projectRoot } from '../../scripts/runtime.mjs';
import { type Ended, type ProgramOptions, runProgram } from './program.ts';

/** The command that starts `ic` from its sources. */
export const sourceCommand: readonly [program: string, script: string] = [
  process.execPath,
  join(projectRoot, 'src', 'main.ts'),
];

/** Runs `ic` from its sources, in a process of its own, with none of the variables that it reads itself. */
export function runSource(parameters: readonly string[], options: ProgramOptions = {}): Promise<Ended> {
  const [program, script] = sourceCommand;
  const env = { IC_CONFIG: undefined, IC_KEY: undefined, NO_COLOR: undefined, ...options.env };
  return runProgram(program, [script, ...parameters], { ...options, env });
}

/** `ic` from its sources, in a directory. */
export function sourceIn(directory: string): (...parameters: readonly string[]) => Promise<Ended> {
  return (...parameters) => runSource(parameters, { cwd: directory });
}
