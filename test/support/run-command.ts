import { Readable } from 'node:stream';
import type { CommandContext } from '../../src/commands/command.ts';
import { commands } from '../../src/commands/commands.ts';
import { parseCommandLine } from '../../src/commands/parse.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { type RecordedStream, recordedStream } from './recorded-stream.ts';

export interface CommandRun {
  readonly output: RecordedStream;
  readonly error: RecordedStream;
  /** The exit code; rejects with what the command threw. */
  readonly ended: Promise<number>;
}

/** Runs a command line in this process, with streams that keep what is written and no environment. */
export function startCommand(
  argv: readonly string[],
  workingDirectory: string,
  world: Partial<CommandContext> & { readonly output?: RecordedStream } = {},
): CommandRun {
  const { output = recordedStream(), ...context } = world;
  const error = recordedStream();
  const io = { input: Readable.from([]), output, error, interactive: false, flush: async () => {} };
  const run = async () => {
    const invocation = await parseCommandLine(argv, commands, 80);
    if (invocation.type === 'text') throw new Error('The line asks for a text, not for a command.');
    const body = await invocation.command.load();
    return body(invocation.arguments, {
      clock: systemClock,
      random: Math.random,
      environment: {},
      workingDirectory,
      platform: process.platform,
      io,
      signal: new AbortController().signal,
      common: invocation.common,
      ...context,
    });
  };
  return { output, error, ended: run() };
}
