import { systemClock } from '../platform/clock.ts';
import { exitCodes, type IcError, toIcError } from '../platform/errors.ts';
import { Interruption } from '../platform/interruption.ts';
import { watchSignals } from '../platform/signals.ts';
import { isolated, watchStrayErrors } from '../platform/stray-errors.ts';
import { processTerminal } from '../terminal/streams.ts';
import type { CommandContext, CommonOptions, Terminal } from './command.ts';
import { commands } from './commands.ts';
import { type Invocation, parseCommandLine } from './parse.ts';
import { printError } from './print-error.ts';

/** The process boundary: the only place that turns a failure into a message and an exit code. */
export async function runCommandLine(argv: readonly string[]): Promise<number> {
  const io = processTerminal(process.env, argv);
  const signals = watchSignals();
  watchStrayErrors();
  let invocation: Invocation | null = null;
  try {
    invocation = await parseCommandLine(argv, commands, io.output.columns);
    if (invocation.type === 'text') {
      io.output.write(`${invocation.text.trimEnd()}\n`);
      return 0;
    }
    const body = await invocation.command.load();
    const { command, common, arguments: words } = invocation;
    return await isolated(`ic ${command.name}`, signals.signal, (signal) =>
      body(words, contextFor(common, io, signal)),
    );
  } catch (error) {
    const common = invocation?.type === 'command' ? invocation.common : null;
    const json = common?.json ?? argv.includes('--json');
    const name =
      invocation?.type === 'command'
        ? invocation.command.name
        : (argv.find((word) => !word.startsWith('-')) ?? '');
    return tell(error, { io, json, name, verbosity: common?.verbosity ?? 0 });
  } finally {
    signals.stop();
    await io.flush();
  }
}

function contextFor(common: CommonOptions, io: Terminal, signal: AbortSignal): CommandContext {
  return {
    clock: systemClock,
    random: Math.random,
    environment: environmentFor(common),
    workingDirectory: process.cwd(),
    platform: process.platform,
    io,
    signal,
    common,
  };
}

/** What reads files of trust has the environment at hand: the flag adds to its variable. */
function environmentFor({ trustedOwners }: CommonOptions): CommandContext['environment'] {
  if (trustedOwners.length === 0) return process.env;
  return { ...process.env, IC_TRUST_OWNER: [process.env.IC_TRUST_OWNER ?? '', ...trustedOwners].join(' ') };
}

interface Audience {
  readonly io: Terminal;
  readonly json: boolean;
  readonly name: string;
  readonly verbosity: number;
}

function tell(thrown: unknown, audience: Audience): number {
  if (thrown instanceof Interruption) return tellInterruption(thrown, audience);
  const error = toIcError(thrown);
  const { io, json, name, verbosity } = audience;
  if (json) {
    const document = {
      command: name,
      exit_code: error.exitCode,
      ...emptyResult(name),
      error: error.toSummary(),
    };
    io.output.write(`${JSON.stringify(document)}\n`);
  }
  printError(io, error);
  if (verbosity >= 2 || error.exitCode === exitCodes.internal) io.error.write(`${traceOf(error)}\n`);
  return error.exitCode;
}

/** What a script looks for it finds also in a document that tells of a failure before there was anything. */
function emptyResult(name: string): object {
  return emptyResults[name] ?? {};
}

const emptyResults: Readonly<Record<string, object>> = {
  pull: { transfers: [] },
  status: { transfers: [] },
  check: { checks: [] },
  verify: { destinations: [] },
};

function tellInterruption(interruption: Interruption, { io, json, name }: Audience): number {
  if (json) {
    const error = {
      code: 'interrupted',
      exit_code: interruption.exitCode,
      message: interruption.message,
      hint: null,
    };
    io.output.write(
      `${JSON.stringify({ command: name, exit_code: interruption.exitCode, ...emptyResult(name), error })}\n`,
    );
  }
  io.error.write(`ic: ${interruption.message}\n`);
  return interruption.exitCode;
}

function traceOf(error: IcError): string {
  const cause = error.cause instanceof Error ? error.cause : error;
  return cause.stack ?? cause.message;
}
