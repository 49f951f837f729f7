import type { CheckResult } from '../destinations/destination.ts';
import { printable } from '../terminal/text.ts';
import type { CommandContext } from './command.ts';

/** Tells each finding as it comes, or all of them as one JSON document in the end. */
export class CheckReport {
  readonly #context: CommandContext;
  readonly #results: CheckResult[] = [];

  constructor(context: CommandContext) {
    this.#context = context;
  }

  add(result: CheckResult): void {
    this.#results.push(result);
    const { io, common } = this.#context;
    if (common.json || (common.quiet && result.ok)) return;
    const mark = result.ok ? (result.warning ? 'warn' : 'ok  ') : 'FAIL';
    const hint =
      result.hint === null || (result.ok && !result.warning) ? '' : `      ${printable(result.hint)}\n`;
    (common.quiet ? io.error : io.output).write(
      `${mark}  ${result.subject} ${result.name}: ${messageOf(result)}\n${hint}`,
    );
  }

  end(): number {
    const failures = this.#results.filter((result) => !result.ok);
    const exitCode = failures[0] === undefined ? 0 : (failures[0].error?.exitCode ?? 1);
    const { io, common } = this.#context;
    if (common.json) {
      const checks = this.#results.map(({ error: _, ...result }) => result);
      const error = failures[0]?.error?.toSummary() ?? null;
      io.output.write(`${JSON.stringify({ command: 'check', exit_code: exitCode, checks, error })}\n`);
    } else if (!common.quiet) {
      io.output.write(
        failures.length === 0
          ? 'Everything is in order.\n'
          : `${failures.length} of ${this.#results.length} checks failed.\n`,
      );
    }
    return exitCode;
  }
}

/** What a site answers must not look like a finding of its own; a configuration's problems have a line each. */
function messageOf({ subject, message }: CheckResult): string {
  return subject === 'configuration' ? message : printable(message);
}
