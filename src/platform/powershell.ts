import { type ProgramResult, type Run, systemProgram } from './run-program.ts';

/**
 * Runs a script in the PowerShell that every Windows has. What the script is to work on goes by `input`: the command
 * line is there for others to see, and has quotes of its own.
 */
export function runPowerShell(
  script: readonly string[],
  input: string,
  { env, run }: { readonly env: NodeJS.ProcessEnv; readonly run: Run },
): Promise<ProgramResult> {
  const powershell = systemProgram('WindowsPowerShell\\v1.0\\powershell', env);
  const encoded = Buffer.from(script.join('\n'), 'utf16le').toString('base64');
  return run(powershell, ['-NoLogo', '-NoProfile', '-NonInteractive', '-EncodedCommand', encoded], input);
}
