import type { Configuration } from '../../config/configuration.ts';
import { readConfiguration } from '../../config/read.ts';
import { checkNotify } from '../../notify/check.ts';
import type { CheckResult } from '../../platform/check-result.ts';
import { checkDestination, checkSite } from '../check-body.ts';
import type { CommandContext } from '../command.ts';
import { type Answers, namesOf, usualData } from './answers.ts';
import { placesFor, renderAnswers } from './render.ts';

/** Which part of the answers is new. */
export type Part = 'site' | 'destination' | 'transfer' | 'mail';

/**
 * Tries what the answers so far say, as `ic check` will; `transfer` tries the site once more, for the permissions that
 * the kinds take. Throws a `ConfigurationError` for what no configuration can say.
 */
export async function* tryAnswers(
  part: Part,
  answers: Answers,
  file: string,
  context: CommandContext,
): AsyncGenerator<CheckResult> {
  const configuration = await configurationOf(withTransfer(answers), file, context);
  const names = namesOf(answers);
  if (part === 'destination') yield* checkDestination(configuration, names.destination, context);
  else if (part !== 'mail') yield* checkSite(configuration, names.site, context);
  else if (answers.mail !== null)
    yield* checkNotify(configuration.notify, context.environment, context.signal);
}

/** A destination is tried for what will go there, which may not have been asked yet. */
function withTransfer(answers: Answers): Answers {
  const { destination, transfer } = answers;
  if (destination === null || transfer !== null) return answers;
  return { ...answers, transfer: { data: usualData(destination), every: '15m', start: '30d' } };
}

/** The configuration that the answers come to. Secrets go in by way of an environment that exists nowhere else. */
async function configurationOf(
  answers: Answers,
  file: string,
  context: CommandContext,
): Promise<Configuration> {
  const env: Record<string, string | undefined> = { ...context.environment };
  const text = renderAnswers(answers, placesFor(file), (secret) => {
    const name = `ic-init-${Object.keys(env).length}`;
    env[name] = secret.text;
    return `\${env:${name}}`;
  });
  return readConfiguration(file, { env, readFile: async () => Buffer.from(text) });
}
