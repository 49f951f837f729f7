import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseKinds } from '../../config/types/kinds.ts';
import { InvalidValue } from '../../config/types/value-type.ts';
import type { Arguments, CommandContext } from '../command.ts';
import { usageError } from '../usage-error.ts';
import {
  type Account,
  type Answers,
  checkMailServer,
  checkValue,
  type DestinationAnswers,
  type MailAnswers,
  type SiteAnswers,
  usualData,
} from './answers.ts';
import { secretFrom } from './secret-source.ts';

/** What is missing is left out of the answers here, and named by `requireAll`. */
export async function answersFromFlags(arguments_: Arguments, context: CommandContext): Promise<Answers> {
  checkTexts(arguments_);
  const destination = await destinationFrom(arguments_, context);
  const site = await siteFrom(arguments_, context);
  const mail = await mailFrom(arguments_, context);
  return {
    site,
    destination,
    transfer: {
      data: arguments_.text('data') ?? (destination === null ? '' : usualData(destination)),
      every: arguments_.text('every') ?? '15m',
      start: arguments_.text('start') ?? '30d',
    },
    mail,
  };
}

/** The answers, if nothing is missing. Throws a `usage` error that names every flag that is. */
export function requireAll(answers: Answers, arguments_: Arguments): Answers {
  const { site, destination } = answers;
  const asUser = arguments_.text('username') !== null;
  const account = asUser
    ? '--password-env or --password-file'
    : '--client-id with --client-secret-env or --client-secret-file';
  const missing = [
    ...(arguments_.text('host') === null ? ['--host'] : []),
    ...(site === null && !hasAccount(arguments_) ? [account] : []),
    ...(destination === null ? ['--directory, --sqlite or --connection-string-file'] : []),
  ];
  if (missing.length === 0) return answers;
  throw usageError(`Without questions, ic init wants ${missing.join('; ')}.`);
}

function hasAccount(arguments_: Arguments): boolean {
  const given = (flag: string) => arguments_.text(flag) !== null;
  const isApiAccount = given('client-id') && (given('client-secret-env') || given('client-secret-file'));
  return isApiAccount || (given('username') && (given('password-env') || given('password-file')));
}

const checked = {
  host: ['site', 'host'],
  every: ['transfer', 'every'],
  start: ['transfer', 'start'],
  'mail-from': ['mail', 'from'],
  'mail-to': ['mail', 'to'],
} as const;

function checkTexts(arguments_: Arguments): void {
  for (const [flag, [section, key]] of Object.entries(checked)) {
    checkFlag(flag, arguments_, (text) => checkValue(section, key, text));
  }
  checkFlag('data', arguments_, parseKinds);
  checkFlag('mail-server', arguments_, checkMailServer);
}

function checkFlag(flag: string, arguments_: Arguments, check: (text: string) => unknown): void {
  const text = arguments_.text(flag);
  if (text === null) return;
  try {
    check(text);
  } catch (error) {
    if (!(error instanceof InvalidValue)) throw error;
    throw usageError(`--${flag} ${text} ${error.message}. ${error.remedy}`);
  }
}

async function siteFrom(arguments_: Arguments, context: CommandContext): Promise<SiteAnswers | null> {
  const host = arguments_.text('host');
  const account = await accountFrom(arguments_, context);
  if (host === null || account === null) return null;
  const caFile = arguments_.text('ca-file');
  return {
    host,
    account,
    caFile: caFile === null ? null : absolute(caFile, context),
    insecureHttp: arguments_.flag('insecure-http'),
  };
}

async function accountFrom(arguments_: Arguments, context: CommandContext): Promise<Account | null> {
  const [clientId, username] = [arguments_.text('client-id'), arguments_.text('username')];
  if (clientId !== null && username !== null)
    throw usageError('--client-id and --username exclude each other.');
  const secret = await secretFrom(username === null ? 'client-secret' : 'password', arguments_, context);
  const id = clientId ?? username;
  if (id === null || secret === null) return null;
  return { type: username === null ? 'api-account' : 'user-account', id, secret };
}

async function destinationFrom(
  arguments_: Arguments,
  context: CommandContext,
): Promise<DestinationAnswers | null> {
  const [directory, sqlite] = [arguments_.text('directory'), arguments_.text('sqlite')];
  const connectionString = await secretFrom('connection-string', arguments_, context);
  if ([directory, sqlite, connectionString].filter((one) => one !== null).length > 1) {
    throw usageError('One destination: --directory, --sqlite or --connection-string-file.');
  }
  if (directory !== null) return { type: 'file-system', directory: absolute(directory, context) };
  if (sqlite !== null) return { type: 'sqlite', path: absolute(sqlite, context) };
  return connectionString === null ? null : { type: 'sql-server', connectionString };
}

async function mailFrom(arguments_: Arguments, context: CommandContext): Promise<MailAnswers | null> {
  const [server, from, to] = ['mail-server', 'mail-from', 'mail-to'].map((flag) => arguments_.text(flag));
  if (!server && !from && !to) return null;
  if (!server || !from || !to) throw usageError('--mail-server, --mail-from and --mail-to go together.');
  const username = arguments_.text('mail-username');
  const password = await secretFrom('mail-password', arguments_, context);
  if ((username === null) !== (password === null)) {
    throw usageError('--mail-username and --mail-password-env or --mail-password-file go together.');
  }
  const login = username === null || password === null ? null : { username, password };
  return { server, security: arguments_.text('mail-security') ?? 'starttls', login, from, to };
}

/** A path as typed, relative to where it was typed: the configuration may be elsewhere. */
export function absolute(path: string, { workingDirectory }: CommandContext): string {
  const inHome = /^~(?:[/\\](.*))?$/s.exec(path);
  return inHome ? join(homedir(), inHome[1] ?? '') : resolve(workingDirectory, path);
}
