import { dirname, join } from 'node:path';
import { kindsHeldBy, parseKinds } from '../../config/types/kinds.ts';
import { InvalidValue } from '../../config/types/value-type.ts';
import { type IcError, toIcError } from '../../platform/errors.ts';
import { kinds } from '../../platform/kinds.ts';
import { proxyFor } from '../../platform/proxy.ts';
import type { Prompt } from '../../terminal/prompt.ts';
import type { Arguments, CommandContext } from '../command.ts';
import {
  type Account,
  type Answers,
  checkMailServer,
  checkValue,
  type DestinationAnswers,
  type MailAnswers,
  type Secret,
  type SiteAnswers,
  type TransferAnswers,
  usualData,
} from './answers.ts';
import { absolute } from './flags.ts';
import { secretFrom } from './secret-source.ts';

/** Who asks, and what the command line proposes. */
export interface Interview {
  readonly prompt: Prompt;
  readonly arguments: Arguments;
  readonly context: CommandContext;
  /** The configuration to be written. */
  readonly file: string;
  say(text: string): void;
}

/** Asks for the site; what was answered before, or flags, are proposals. An empty secret leaves the present one. */
export async function askSite(interview: Interview, present: SiteAnswers | null): Promise<SiteAnswers> {
  const { arguments: arguments_, context } = interview;
  const host = await askHost(interview, present?.host ?? arguments_.text('host'));
  const caFile = arguments_.text('ca-file');
  return {
    host,
    account: await askAccount(interview, present?.account ?? null),
    caFile: caFile === null ? null : absolute(caFile, context),
    insecureHttp: arguments_.flag('insecure-http'),
  };
}

/** Until the host answers, or is given a second time. */
async function askHost(interview: Interview, present: string | null): Promise<string> {
  let tried: string | null = null;
  for (;;) {
    const host = await askValue(interview, 'Host name of the appliance', tried ?? present, (text) =>
      checkValue('site', 'host', text),
    );
    if (host === tried) return host;
    const problem = await problemOfHost(host, interview);
    if (problem === null) return host;
    interview.say(`FAIL  ${problem.message}\n      Correct it, or press Enter to go on all the same.`);
    tried = host;
  }
}

/** What keeps this machine from reaching the host; null behind a proxy, where it need not reach it by itself. */
async function problemOfHost(
  host: string,
  { arguments: arguments_, context }: Interview,
): Promise<IcError | null> {
  const url = new URL(`${arguments_.flag('insecure-http') ? 'http' : 'https'}://${host}`);
  if (arguments_.flag('offline') || proxyFor(url, null, context.environment) !== null) return null;
  const { connect, lookUp } = await import('../../appliance/health-connect.ts');
  try {
    await lookUp(url);
    (await connect(url, { signal: context.signal })).destroy();
    return null;
  } catch (error) {
    context.signal.throwIfAborted();
    return toIcError(error);
  }
}

/** A new account beside what else was answered: it is what the site refused. */
export async function askAccountAgain(interview: Interview, site: SiteAnswers): Promise<SiteAnswers> {
  return { ...site, account: await askAccount(interview, site.account) };
}

async function askAccount(interview: Interview, present: Account | null): Promise<Account> {
  const { arguments: arguments_, context } = interview;
  const id = await askClientId(interview, present);
  const kept = (type: Account['type'], flag: string) =>
    present?.type === type ? present.secret : secretFrom(flag, arguments_, context);
  if (id !== null) {
    const secret = await askSecret(interview, 'Client secret', await kept('api-account', 'client-secret'));
    return { type: 'api-account', id, secret };
  }
  const name = present?.type === 'user-account' ? present.id : arguments_.text('username');
  const username = await askValue(interview, 'User name', name);
  const secret = await askSecret(interview, 'Password', await kept('user-account', 'password'));
  return { type: 'user-account', id: username, secret };
}

/** Null: the site is signed in to as a user. */
async function askClientId(interview: Interview, present: Account | null): Promise<string | null> {
  const isUser = present?.type === 'user-account';
  const proposal = isUser ? null : (present?.id ?? interview.arguments.text('client-id'));
  const question =
    proposal === null
      ? 'Client ID of the API account [empty: sign in as a user]: '
      : `Client ID [${proposal}; -: sign in as a user]: `;
  const id = await interview.prompt.ask(question);
  if (id === '-') return null;
  return id === '' ? proposal : id;
}

export async function askDestination(
  interview: Interview,
  present: DestinationAnswers | null,
): Promise<DestinationAnswers> {
  const { context, arguments: arguments_ } = interview;
  const proposed = arguments_.text('sqlite') === null ? 'files' : 'sqlite';
  const choices = ['files', 'sqlite', 'sql-server'];
  const type = await askValue(
    interview,
    `Where to put it (${choices.join(', ')})`,
    typed(present) ?? proposed,
    (text) => {
      if (!choices.includes(text)) throw new InvalidValue('is none of these', `Write ${choices.join(', ')}.`);
    },
  );
  if (type === 'sql-server') {
    const kept = present?.type === 'sql-server' ? present.connectionString : null;
    return { type, connectionString: await askSecret(interview, 'Connection string', kept) };
  }
  const place = dirname(interview.file);
  if (type === 'sqlite') {
    const path = present?.type === 'sqlite' ? present.path : arguments_.text('sqlite');
    return {
      type,
      path: absolute(await askValue(interview, 'Database file', path ?? join(place, 'ic.db')), context),
    };
  }
  const directory = present?.type === 'file-system' ? present.directory : arguments_.text('directory');
  const answer = await askValue(interview, 'Directory', directory ?? join(place, 'archive'));
  return { type: 'file-system', directory: absolute(answer, context) };
}

function typed(present: DestinationAnswers | null): string | null {
  return present?.type === 'file-system' ? 'files' : (present?.type ?? null);
}

export async function askTransfer(
  interview: Interview,
  { destination, transfer }: Answers,
): Promise<TransferAnswers> {
  const { arguments: arguments_ } = interview;
  const held = kindsHeldBy[destination?.type ?? 'file-system'];
  interview.say(`What there is to pull: ${held.join(', ')}; or all.`);
  const usual = destination === null ? 'sessions' : usualData(destination);
  const data = await askValue(
    interview,
    'What to pull',
    transfer?.data ?? arguments_.text('data') ?? usual,
    (text) => {
      const wanted = parseKinds(text);
      const other = kinds.find((kind) => wanted !== 'all' && wanted.includes(kind) && !held.includes(kind));
      if (other !== undefined)
        throw new InvalidValue(`cannot hold ${other}`, `Choose from ${held.join(', ')}.`);
    },
  );
  const every = await askValue(
    interview,
    'How often, such as 15m, 2h or 1d',
    transfer?.every ?? arguments_.text('every') ?? '15m',
    (text) => checkValue('transfer', 'every', text),
  );
  const start = await askValue(
    interview,
    'How far back the first pull reaches, such as 30d, 2026-01-01 or all',
    transfer?.start ?? arguments_.text('start') ?? '30d',
    (text) => checkValue('transfer', 'start', text),
  );
  return { data, every, start };
}

/** Null: nobody is to be mailed. */
export async function askMail(
  interview: Interview,
  present: MailAnswers | null,
): Promise<MailAnswers | null> {
  const { arguments: arguments_ } = interview;
  const proposal = present?.server ?? arguments_.text('mail-server');
  const server = await askOptional(
    interview,
    'Mail server, for mail when something fails',
    proposal,
    checkMailServer,
  );
  if (server === null) return null;
  const security = await askValue(
    interview,
    'How it is encrypted (starttls, tls, none)',
    present?.security ?? arguments_.text('mail-security') ?? 'starttls',
    (text) => checkValue('mail', 'security', text),
  );
  const name = present?.login?.username ?? arguments_.text('mail-username');
  const username = await askOptional(interview, 'User name at the mail server', name);
  const kept = present?.login?.password ?? null;
  const login =
    username === null ? null : { username, password: await askSecret(interview, 'Its password', kept) };
  const from = await askValue(
    interview,
    'Mail comes from',
    present?.from ?? arguments_.text('mail-from'),
    (text) => checkValue('mail', 'from', text),
  );
  const to = await askValue(interview, 'Mail goes to', present?.to ?? arguments_.text('mail-to'), (text) =>
    checkValue('mail', 'to', text),
  );
  return { server, security, login, from, to };
}

async function askValue(
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
async function askOptional(
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

async function askSecret({ prompt }: Interview, what: string, kept: Secret | null): Promise<Secret> {
  for (;;) {
    const remark = kept === null ? '' : '; empty: as before';
    const text = await prompt.askSecret(`${what} (not shown${remark}): `);
    if (text !== '') return { text, reference: null };
    if (kept !== null) return kept;
  }
}
