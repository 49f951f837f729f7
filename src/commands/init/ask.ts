import { InvalidValue } from '../../config/types/value-type.ts';
import type { Colors } from '../../terminal/colors.ts';
import type { Prompt } from '../../terminal/prompt.ts';
import type { Arguments, CommandContext } from '../command.ts';
import type { Secret } from './answers.ts';

/** Who asks, and what the command line proposes. */
export interface Interview {
  readonly prompt: Prompt;
  readonly arguments: Arguments;
  readonly context: CommandContext;
  /** The configuration to be written. */
  readonly file: string;
  /** Of standard error, where `say` writes. */
  readonly colors: Colors;
  say(text: string): void;
}

/** Asks until the answer is taken; an empty one takes the proposal. `check` throws `InvalidValue` for what cannot be meant. */
export async function askValue(
  interview: Interview,
  question: string,
  proposal: string | null,
  check: (text: string) => void = () => {},
): Promise<string> {
  for (;;) {
    const answer =
      (await interview.prompt.ask(`${question}${proposal === null ? '' : ` [${proposal}]`}: `)) || proposal;
    if (answer !== null && isTaken(answer, check, interview)) return answer;
  }
}

/** Null for an empty answer, or a lone `-` in place of a proposal. */
export async function askOptional(
  interview: Interview,
  question: string,
  proposal: string | null,
  check: (text: string) => void = () => {},
): Promise<string | null> {
  for (;;) {
    const remark = proposal === null ? 'empty: none' : `${proposal}; -: none`;
    const answer = (await interview.prompt.ask(`${question} [${remark}]: `)) || proposal;
    if (answer === null || answer === '-') return null;
    if (isTaken(answer, check, interview)) return answer;
  }
}

function isTaken(answer: string, check: (text: string) => void, { say }: Interview): boolean {
  try {
    check(answer);
    return true;
  } catch (error) {
    if (!(error instanceof InvalidValue)) throw error;
    say(`  ${answer} ${error.message}. ${error.remedy}`);
    return false;
  }
}

/** Without showing it; an empty answer keeps the present one. */
export async function askSecret({ prompt }: Interview, what: string, kept: Secret | null): Promise<Secret> {
  for (;;) {
    const remark = kept === null ? '' : '; empty: as before';
    const text = await prompt.askSecret(`${what} (not shown${remark}): `);
    if (text !== '') return { text, reference: null };
    if (kept !== null) return kept;
  }
}
