import type { CheckResult } from '../destinations/destination.ts';
import { type Colors, colorsOf, mark, type Tone, toned } from '../terminal/colors.ts';
import { formatCount } from '../terminal/format.ts';
import { printable } from '../terminal/text.ts';
import type { CommandContext } from './command.ts';

/** Reports each finding as it comes, or all of them as one JSON document in the end. */
export class CheckReport {
  readonly #context: CommandContext;
  readonly #colors: Colors;
  readonly #results: CheckResult[] = [];

  private constructor(context: CommandContext, colors: Colors) {
    this.#context = context;
    this.#colors = colors;
  }

  static async begin(context: CommandContext): Promise<CheckReport> {
    const { io, common } = context;
    return new CheckReport(context, await colorsOf(common.quiet ? io.error : io.output));
  }

  add(result: CheckResult): void {
    this.#results.push(result);
    const { io, common } = this.#context;
    if (common.json || (common.quiet && result.ok)) return;
    const hint = hintOf(result);
    (common.quiet ? io.error : io.output).write(
      `${mark(this.#colors, toneOfCheck(result))}  ${result.subject} ${result.name}: ${messageOf(result)}\n${
        hint === null ? '' : `      ${printable(hint)}\n`
      }`,
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
      const warnings = this.#results.filter(({ ok, warning }) => ok && warning).length;
      const tone: Tone = failures.length > 0 ? 'fail' : warnings > 0 ? 'warn' : 'ok';
      const verdict = verdictOn(this.#results.length, failures.length, warnings);
      io.output.write(`${toned(this.#colors, tone, verdict)}\n`);
    }
    return exitCode;
  }
}

export function toneOfCheck({ ok, warning }: CheckResult): Tone {
  if (!ok) return 'fail';
  return warning ? 'warn' : 'ok';
}

/** The remedy, where one is needed. */
export function hintOf({ ok, warning, hint }: CheckResult): string | null {
  return ok && !warning ? null : hint;
}

function verdictOn(checks: number, failures: number, warnings: number): string {
  const warned = warnings === 0 ? '' : formatCount(warnings, 'warning');
  if (failures > 0)
    return `${failures} of ${formatCount(checks, 'check')} failed${warned === '' ? '' : `, ${warned}`}.`;
  return warned === '' ? 'Everything is in order.' : `In order, with ${warned}.`;
}

/** What a site answers must not look like a finding of its own; a configuration's problems have a line each. */
function messageOf({ subject, message }: CheckResult): string {
  return subject === 'configuration' ? message : printable(message);
}
