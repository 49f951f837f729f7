import { IcError } from '../platform/errors.ts';
import { runPowerShell } from '../platform/powershell.ts';
import { type Run, runProgram } from '../platform/run-program.ts';

/** What Windows' own protection of data needs, as values for tests. */
export interface DpapiOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly platform?: NodeJS.Platform | undefined;
  readonly run?: Run | undefined;
}

/** Who can read what was encrypted: the account that did it, or every account of the machine. */
export type DpapiScope = 'user' | 'machine';

export type Decrypted = { readonly text: string } | { readonly error: IcError };

const prefix = 'enc:dpapi:';

export function isDpapi(value: string): boolean {
  return value.startsWith(prefix);
}

/** A secret as `enc:dpapi:…`, which only Windows on this machine can read again: there is no key to keep. */
export async function encryptWithDpapi(
  text: string,
  scope: DpapiScope,
  options: DpapiOptions,
): Promise<string> {
  const dotNetScope = scope === 'user' ? 'CurrentUser' : 'LocalMachine';
  const [line] = await runOnLines(`Protect($bytes, $null, '${dotNetScope}')`, [toBase64(text)], options);
  const answer = readLine(line);
  if ('error' in answer) throw answer.error;
  return prefix + answer.base64;
}

/** What each value hides. One start of PowerShell serves all of them; one that is damaged spoils no other. */
export async function decryptWithDpapi(
  values: readonly string[],
  options: DpapiOptions,
): Promise<readonly Decrypted[]> {
  // A line break in a value would make two lines of it, and shift the answers.
  const lines = values.map((value) =>
    isBase64(value.slice(prefix.length)) ? value.slice(prefix.length) : '-',
  );
  try {
    const answers = await runOnLines("Unprotect($bytes, $null, 'CurrentUser')", lines, options);
    return values.map((_, index) => toText(readLine(answers[index])));
  } catch (error) {
    if (error instanceof IcError) return values.map(() => ({ error }));
    throw error;
  }
}

function isBase64(text: string): boolean {
  return /^[A-Za-z0-9+/]+={0,2}$/.test(text);
}

/** Calls a method of ProtectedData on each line. Secrets pass by standard input and output, never by the command line. */
async function runOnLines(
  call: string,
  lines: readonly string[],
  options: DpapiOptions,
): Promise<readonly string[]> {
  const { env, platform = process.platform, run = runProgram } = options;
  if (platform !== 'win32') throw failed('it can be read only on the Windows machine where it was made');
  const script = [
    '$ErrorActionPreference = "Stop"',
    'Add-Type -AssemblyName System.Security',
    'while ($null -ne ($line = [Console]::In.ReadLine())) { try {',
    '$bytes = [Convert]::FromBase64String($line)',
    `"ok " + [Convert]::ToBase64String([Security.Cryptography.ProtectedData]::${call})`,
    '} catch { "error " + ($_.Exception.GetBaseException().Message -replace "\\s+", " ") } }',
  ];
  const { exitCode, stdout, stderr } = await runPowerShell(script, `${lines.join('\n')}\n`, { env, run });
  if (exitCode !== 0) throw failed(`PowerShell failed: ${stderr.trim().split(/\r?\n/)[0] ?? ''}`);
  return stdout.split(/\r?\n/).filter((line) => line !== '');
}

type Answer = { readonly base64: string } | { readonly error: IcError };

function readLine(line: string | undefined): Answer {
  const [, status, rest] = /^(ok|error) (.*)$/.exec(line ?? '') ?? [];
  if (status === 'ok' && rest !== undefined) return { base64: rest };
  return { error: failed(rest ?? 'PowerShell gave no answer') };
}

function toText(answer: Answer): Decrypted {
  return 'error' in answer ? answer : { text: Buffer.from(answer.base64, 'base64').toString('utf8') };
}

function toBase64(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64');
}

function failed(reason: string): IcError {
  return new IcError('configuration', `cannot be decrypted by Windows: ${reason}`, {
    hint: 'Encrypt the secret anew with ic secret encrypt, on this machine and under the account that runs ic.',
  });
}
