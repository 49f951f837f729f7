import { type IcError, toIcError } from '../../platform/errors.ts';
import { proxyFor } from '../../platform/proxy.ts';
import { mark } from '../../terminal/colors.ts';
import { type Account, checkValue, type SiteAnswers } from './answers.ts';
import { askSecret, askValue, type Interview } from './ask.ts';
import { absolute } from './flags.ts';
import { secretFrom } from './secret-source.ts';

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
    interview.say(
      `${mark(interview.colors, 'fail')}  ${problem.message}\n      Correct it, or press Enter to go on all the same.`,
    );
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
