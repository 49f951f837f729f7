import { usageError } from '../usage-error.ts';

/** Who a task runs as. */
export interface TaskAccount {
  readonly userId: string;
  /** Null for the accounts of Windows itself. */
  readonly logonType: 'Password' | null;
  /** What schtasks must be told besides the task: accounts of a domain are checked when the task is made. */
  readonly parameters: readonly string[];
}

const builtIn: Readonly<Record<string, string>> = {
  system: 'S-1-5-18',
  'local service': 'S-1-5-19',
  'network service': 'S-1-5-20',
};

/**
 * `SYSTEM`, another account of Windows, `DOMAIN\gmsa$`, or a user, whose password schtasks asks for and keeps. A group
 * managed service account has a password too, which the domain looks after: it is given as empty.
 */
export function readTaskAccount(typed: string): TaskAccount {
  const userId = builtIn[typed.toLowerCase().replace(/^nt authority\\/, '')];
  if (userId !== undefined) return { userId, logonType: null, parameters: [] };
  if (!/^[^"/[\]:;|=,+*?<>\\\x00-\x1f]+(?:\\[^"/[\]:;|=,+*?<>\\\x00-\x1f]+)?$/.test(typed)) {
    throw usageError(`--user ${typed} is no account: write DOMAIN\\name, name@domain, or SYSTEM.`);
  }
  const password = typed.endsWith('$') ? '' : '*';
  return { userId: typed, logonType: 'Password', parameters: ['/RU', typed, '/RP', password] };
}
