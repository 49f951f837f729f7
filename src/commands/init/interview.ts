import { ConfigurationError } from '../../config/problem.ts';
import type { CheckResult } from '../../platform/check-result.ts';
import { type Colors, colorsOf, mark } from '../../terminal/colors.ts';
import { openPrompt } from '../../terminal/prompt.ts';
import { hintOf, toneOfCheck } from '../check-report.ts';
import type { Arguments, CommandContext } from '../command.ts';
import { type Answers, noAnswers } from './answers.ts';
import type { Interview } from './ask.ts';
import { askDestination, askMail, askTransfer } from './questions.ts';
import { askAccountAgain, askSite } from './site-questions.ts';
import { type Part, tryAnswers } from './try-answers.ts';

/** Asks one part after the other, tries each at once, and lets the person correct it or go on. */
export async function interview(
  arguments_: Arguments,
  context: CommandContext,
  file: string,
): Promise<Answers> {
  const prompt = await openPrompt(context.io, context.signal);
  const say = (text: string) => context.io.error.write(`${text}\n`);
  const colors = await colorsOf(context.io.error);
  const self: Interview = { prompt, arguments: arguments_, context, file, say, colors };
  try {
    say(
      `This writes ${file}. What is in brackets is taken for an empty answer; Ctrl-C leaves nothing behind.\n`,
    );
    const told = new Set<string>();
    let answers = noAnswers;
    for (const part of ['site', 'destination', 'transfer', 'mail'] as const) {
      answers = await settle(part, answers, self, told);
      say('');
    }
    return answers;
  } finally {
    prompt.close();
  }
}

/** `told`: what the person has read already; the site is tried twice. */
async function settle(part: Part, present: Answers, self: Interview, told: Set<string>): Promise<Answers> {
  let answers = await askPart[part](self, present);
  while (!self.arguments.flag('offline')) {
    const verdict = await tryPart(part, answers, self, told);
    if (verdict === 'well') break;
    const choice = await askChoice(self);
    if (choice === 'on') break;
    if (choice === 'change') answers = await change(part, answers, verdict, self);
  }
  return answers;
}

/** An account that is refused is asked for again, whichever part it was tried for; the host is right then. */
async function change(part: Part, answers: Answers, verdict: Verdict, self: Interview): Promise<Answers> {
  if (verdict !== 'account-refused' || answers.site === null) return askPart[part](self, answers);
  const changed = { ...answers, site: await askAccountAgain(self, answers.site) };
  return part === 'site' ? changed : askPart[part](self, changed);
}

const askPart: Readonly<Record<Part, (self: Interview, answers: Answers) => Promise<Answers>>> = {
  site: async (self, answers) => ({ ...answers, site: await askSite(self, answers.site) }),
  destination: async (self, answers) => ({
    ...answers,
    destination: await askDestination(self, answers.destination),
  }),
  transfer: async (self, answers) => ({ ...answers, transfer: await askTransfer(self, answers) }),
  mail: async (self, answers) => ({ ...answers, mail: await askMail(self, answers.mail) }),
};

type Verdict = 'well' | 'account-refused' | 'trouble';

async function tryPart(
  part: Part,
  answers: Answers,
  { context, file, say, colors }: Interview,
  told: Set<string>,
): Promise<Verdict> {
  let verdict: Verdict = 'well';
  try {
    for await (const result of tryAnswers(part, answers, file, context)) {
      if (!result.ok && verdict === 'well') verdict = verdictOn(result);
      if (result.ok && told.has(result.message)) continue;
      told.add(result.message);
      say(describe(result, colors));
    }
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    for (const { key, message, remedy } of error.problems)
      say(`${mark(colors, 'fail')}  ${key ?? ''} ${message}. ${remedy}`);
    return 'trouble';
  }
  return verdict;
}

function verdictOn({ subject, error }: CheckResult): Verdict {
  return subject === 'site' && error?.code === 'refused' ? 'account-refused' : 'trouble';
}

function describe(result: CheckResult, colors: Colors): string {
  const hint = hintOf(result);
  return `${mark(colors, toneOfCheck(result))}  ${result.message}${hint === null ? '' : `\n      ${hint}`}`;
}

async function askChoice({ prompt, say }: Interview): Promise<'change' | 'again' | 'on'> {
  for (;;) {
    const answer = (
      await prompt.ask('Change the answers (c), try again (t), or go on anyway (g)? [c]: ')
    ).toLowerCase();
    if (answer === '' || answer === 'c') return 'change';
    if (answer === 't') return 'again';
    if (answer === 'g') return 'on';
    say('  Answer c, t or g.');
  }
}
