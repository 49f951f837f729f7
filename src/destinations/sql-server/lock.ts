import type { Statements } from './client.ts';

/** Longest that a transaction waits for another's lock, in milliseconds; then it is tried anew. */
const patience = 60_000;

/**
 * Takes a lock that ends with the transaction. Two runs that write sessions of one site take turns: lock hints on rows
 * alone let both insert the same new session, or end in deadlocks.
 * @throws what a timeout of the driver looks like, when another run keeps the lock.
 */
export async function lockFor(statements: Statements, subject: string): Promise<void> {
  const { driver } = statements;
  const [rows] = await statements.query(
    `DECLARE @result INT;
     EXEC @result = sp_getapplock @Resource = @subject, @LockMode = 'Exclusive', @LockOwner = 'Transaction', @LockTimeout = ${patience};
     SELECT @result AS result;`,
    { subject: { type: driver.NVarChar(255), value: `ic ${subject}`.slice(0, 255) } },
  );
  if (Number(rows?.[0]?.result) >= 0) return;
  throw Object.assign(new Error(`another run keeps the lock "ic ${subject}"`), { code: 'ETIMEOUT' });
}
