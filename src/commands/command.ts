import type { Clock } from '../platform/clock.ts';

/** An option of a command, as the parser, `--help`, completion and the man page need it. */
export interface OptionSpec {
  readonly type: 'string' | 'boolean' | 'count' | 'strings';
  readonly alias?: string;
  readonly describe: string;
  /** What stands for the value in the help: `T`, `LSID`, `FILE`. */
  readonly placeholder?: string;
  readonly choices?: readonly string[];
  /** Which names of the configuration complete it. */
  readonly completes?: 'transfer' | 'site' | 'destination' | 'kind' | 'file';
  /** For programs only: help, completion and manual leave it out. */
  readonly hidden?: boolean;
}

export interface Positional {
  readonly name: string;
  readonly describe: string;
  readonly required: boolean;
  readonly variadic: boolean;
  readonly choices?: readonly string[];
  readonly completes?: OptionSpec['completes'];
}

/** A command is its help, its options and a body; the body is loaded when it runs and knows nothing of the parser. */
export interface Command {
  /** `pull`, or `state show`. */
  readonly name: string;
  readonly summary: string;
  /** Paragraphs that follow the summary in the help. */
  readonly description?: string;
  readonly positionals?: readonly Positional[];
  readonly options?: Readonly<Record<string, OptionSpec>>;
  /** Command lines that work, each with what it does. */
  readonly examples: readonly (readonly [command: string, meaning: string])[];
  /** Exit codes that the help names, besides those of every command. */
  readonly exitCodes?: readonly number[];
  load(): Promise<CommandBody>;
}

/** Resolves with the exit code; throws `IcError`. */
export type CommandBody = (arguments_: Arguments, context: CommandContext) => Promise<number>;

/** What was typed, checked against the command's options. Names are as typed: `dry-run`. */
export interface Arguments {
  readonly positionals: readonly string[];
  text(option: string): string | null;
  texts(option: string): readonly string[];
  flag(option: string): boolean;
  count(option: string): number;
}

/** The world as a command sees it; made once in main, and by tests. */
export interface CommandContext {
  readonly clock: Clock;
  readonly random: () => number;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly workingDirectory: string;
  readonly platform: NodeJS.Platform;
  readonly io: Terminal;
  /** Aborted by the first SIGINT, SIGTERM or Ctrl-Break; its reason is an `Interruption`. */
  readonly signal: AbortSignal;
  /** The options that every command takes. */
  readonly common: CommonOptions;
}

export interface Terminal {
  readonly input: NodeJS.ReadStream | NodeJS.ReadableStream;
  readonly output: OutputStream;
  readonly error: OutputStream;
  /** Whether a person can be asked: standard input and standard error are terminals. */
  readonly interactive: boolean;
  /** Resolves when everything written has left the process. */
  flush(): Promise<void>;
}

export interface OutputStream {
  /** Text: control characters but line ends, tabs and colours are written out, whoever they come from. */
  write(text: string): void;
  /** Sequences that move a terminal's cursor, by whoever draws there; data in them has been made printable. */
  control(text: string): void;
  readonly isTerminal: boolean;
  /** Infinity where there is no terminal: what is collected is not cut. */
  readonly columns: number;
  readonly color: boolean;
  /** True once whoever read it has gone: nothing more need be written. */
  readonly isClosed?: boolean;
}

export interface CommonOptions {
  readonly config: string | null;
  /** User ids. */
  readonly trustedOwners: readonly string[];
  readonly json: boolean;
  readonly quiet: boolean;
  readonly verbosity: number;
}
