import { IcError } from '../../platform/errors.ts';

/** What the driver throws, as far as it is looked at. `number` is the server's, `code` the driver's own. */
interface DriverError extends Error {
  readonly code?: unknown;
  readonly number?: unknown;
  readonly originalError?: unknown;
}

/** Locks, overload, fail-over, restart: what the server says of itself and takes back. */
const passing = new Set([
  -2, 64, 233, 596, 617, 669, 701, 845, 921, 922, 926, 978, 983, 1203, 1204, 1205, 1221, 1222, 1807, 3635,
  3935, 3960, 3966, 4221, 6005, 8645, 8651, 9515, 10053, 10054, 10060, 10061, 10922, 10928, 10929, 11001,
  14355, 17142, 17197, 18401, 20041, 40143, 40166, 40197, 40501, 40540, 40613, 41301, 41302, 41305, 41325,
  41839, 42108, 42109, 49918, 49919, 49920,
]);

const broken = new Set([
  'ETIMEOUT',
  'ESOCKET',
  'ECONNCLOSED',
  'ECONNRESET',
  'ENOTOPEN',
  'EINSTLOOKUP',
  'EINVALIDSTATE',
]);

/**
 * What one record is to blame for: NULL where none may be (515), a constraint (547, 2601, 2627), too long (2628, 8152),
 * what cannot be converted (220, 241, 242, 245, 248, 295, 8114, 8115, 8169), XML (94xx), and a trigger's or
 * procedure's own error (50000 and above, 3609 when it ends the transaction).
 */
const aboutRows = new Set([
  220, 241, 242, 245, 248, 295, 515, 547, 2601, 2627, 2628, 3609, 8114, 8115, 8152, 8169,
]);

/** 33557097: Babelfish has no number for what PostgreSQL reports. */
const babelfishOther = 33_557_097;

export function isPassing(error: unknown): boolean {
  return causes(error).some(
    ({ code, number }) => passing.has(Number(number)) || (typeof code === 'string' && broken.has(code)),
  );
}

export function isAboutRows(error: unknown): boolean {
  if (isOutOfIds(error)) return false;
  return causes(error).some(({ number }) => {
    const value = Number(number);
    const isXml = value >= 9400 && value < 9500;
    return aboutRows.has(value) || isXml || (value >= 50_000 && value !== babelfishOther);
  });
}

/** Whether a server has answered at all. */
export function isAnswer(error: unknown): boolean {
  return causes(error).some(({ number }) => Number.isInteger(Number(number)));
}

/** Whether the server takes the error back by itself: it starts, recovers, fails over, or is busy. */
function saysLater(error: unknown): boolean {
  return causes(error).some(({ number }) => passing.has(Number(number)));
}

/** User and password: wrong, locked, expired, or not of a kind that the server takes. */
const signInRefused = [18452, 18456, 18470, 18486, 18487, 18488];

/** Whether the server has refused user and password, and nothing else: signing in to another database helps no more. */
export function isSignInRefused(error: unknown): boolean {
  const numbers = causes(error).flatMap(({ number }) => (number === undefined ? [] : [Number(number)]));
  return numbers.length > 0 && numbers.every((number) => signInRefused.includes(number));
}

/** Whether a table has no more ids to give out: every new row of it is refused, whatever it holds. */
export function isOutOfIds(error: unknown): boolean {
  return causes(error).some(
    ({ number, message }) =>
      (Number(number) === 8115 && /IDENTITY/i.test(message)) ||
      /reached maximum value of sequence/i.test(message),
  );
}

export function hasNumber(error: unknown, ...numbers: readonly number[]): boolean {
  return causes(error).some(({ number }) => numbers.includes(Number(number)));
}

/** The server's own words. */
export function serverMessage(error: unknown): string {
  const all = causes(error);
  const said = all.find(({ number }) => number !== undefined) ?? all[0];
  const number = said?.number === undefined ? '' : ` (error ${said.number})`;
  return `${(said?.message ?? String(error)).trim().replace(/\.$/, '')}${number}`;
}

/** What went wrong with a server, as an `IcError`. What the driver did not throw comes back as it is. */
export function serverError(error: unknown, server: string, database: string): unknown {
  if (error instanceof IcError || !isDriverError(error)) return error;
  const [code, hint] = explain(error);
  return new IcError(code, `SQL Server ${server}, database ${database}: ${serverMessage(error)}.`, {
    hint,
    cause: error,
  });
}

function explain(error: DriverError): readonly ['unreachable' | 'refused' | 'io', string] {
  if (/certificate|self.signed/i.test(error.message) && !hasNumber(error, 18456))
    return [
      'unreachable',
      'Trust the certificate with ServerCertificate=PATH or TrustServerCertificate=true, or name it with HostNameInCertificate.',
    ];
  if (saysLater(error))
    return [
      'unreachable',
      'The server is starting, recovering or busy: run again when it takes connections.',
    ];
  if (hasNumber(error, 4060, 911)) return ['refused', 'Check Database, create it, or let the login use it.'];
  if (hasNumber(error, 18461, ...signInRefused) || isCode(error, 'ELOGIN'))
    return ['refused', 'Check User Id and Password, and that the login may use the database.'];
  if (
    hasNumber(error, 229, 230, 262, 297, 300, 916, 1088, 2760, 4606, 15247) ||
    /permission denied/i.test(error.message)
  )
    return ['refused', 'Let the login SELECT, INSERT, UPDATE and DELETE, and create tables the first time.'];
  if (hasNumber(error, 1101, 1105, 9002, 5149))
    return ['io', 'Free space for the database or its log on the server, or let its files grow.'];
  if (hasNumber(error, 3906, 3908)) return ['io', 'Let the database be written to: it is read-only.'];
  if (isPassing(error))
    return [
      'unreachable',
      'Check the server, its name and port, firewalls, and that it takes TCP connections.',
    ];
  return ['io', 'Look at what the server says, and run again.'];
}

function isCode(error: unknown, code: string): boolean {
  return causes(error).some((cause) => cause.code === code);
}

/** The error and what the driver wrapped in it. */
function causes(error: unknown): readonly DriverError[] {
  const found: DriverError[] = [];
  for (let next: unknown = error; isDriverError(next) && found.length < 8; next = inner(next)) {
    found.push(next);
    if (next instanceof AggregateError) found.push(...next.errors.filter(isDriverError));
  }
  return found;
}

function inner({ originalError, cause }: DriverError): unknown {
  return originalError ?? cause;
}

function isDriverError(error: unknown): error is DriverError {
  return (
    error instanceof Error &&
    ('code' in error || 'number' in error || 'originalError' in error || error instanceof AggregateError)
  );
}
