/** Runs a program to its end, with `input` on its standard input. Rejects only when it cannot be started. */
export type Run = (command: string, args: readonly string[], input: string) => Promise<ProgramResult>;

export interface ProgramResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Without a shell, so that arguments are what they are; with what it prints held in memory. */
export const runProgram: Run = async (command, args, input) => {
  const { spawn } = await import('node:child_process');
  const child = spawn(command, args, { windowsHide: true });
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    output.stdout += chunk;
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    output.stderr += chunk;
  });
  // A program that ends without reading its input breaks the pipe; its exit code says enough.
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  const exitCode = await new Promise<number>((resolve, reject) => {
    child.once('error', reject).once('close', (code) => resolve(code ?? 1));
  });
  return { exitCode, ...output };
};

/** Runs a program that has the terminal to itself until it ends; resolves with its exit code. */
export async function runInForeground(command: string, args: readonly string[]): Promise<number> {
  const { spawn } = await import('node:child_process');
  // Standard output stays this program's own.
  const child = spawn(command, args, { stdio: ['inherit', 2, 2] });
  return new Promise((resolve, reject) => {
    child.once('error', reject).once('close', (code) => resolve(code ?? 1));
  });
}

/**
 * A program of Windows itself, by its whole path: a bare name is looked for in the working directory first, where anybody
 * may have put another one. `name` is relative to System32, without its extension.
 */
export function systemProgram(name: string, env: NodeJS.ProcessEnv = process.env): string {
  return `${env.SystemRoot ?? 'C:\\Windows'}\\System32\\${name}.exe`;
}
