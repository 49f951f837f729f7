import { dirname, join } from 'node:path';
import { kindsHeldBy, parseKinds } from '../../config/types/kinds.ts';
import { InvalidValue } from '../../config/types/value-type.ts';
import { kinds } from '../../platform/kinds.ts';
import {
  type Answers,
  checkMailServer,
  checkValue,
  type DestinationAnswers,
  type MailAnswers,
  type TransferAnswers,
  usualData,
} from './answers.ts';
import { askOptional, askSecret, askValue, type Interview } from './ask.ts';
import { absolute } from './flags.ts';

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
