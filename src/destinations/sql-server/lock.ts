import type { Statements } from './client.ts';

/** Longest that a transaction waits for another's lock, in milliseconds; then it is tried anew. */
const patience = 60_000;

/**
 * Takes locks, in this order, that end with the transaction. Two runs that write sessions of one site, or of sites with
 * one host, take turns: lock hints on rows alone let both insert the same new session, or end in deadlocks.
 * @throws what a timeout of the driver looks like, when another run keeps one of the locks.
 */
export async function lockFor(statements: Statements, ...subjects: readonly string[]): Promise<void> {
  const { driver } = statements;
  const takings = subjects.map(
    (_, index) =>
      `IF @result >= 0 EXEC @result = sp_getapplock @Resource = @subject${index}, @LockMode = 'Exclusive', @LockOwner = 'Transaction', @LockTimeout = ${patience};`,
  );
  const parameters = subjects.map((subject, index) => [
    `subject${index}`,
    { type: driver.NVarChar(255), value: `ic ${subject}`.slice(0, 255) },
  ]);
  const [rows] = await statements.query(
    `DECLARE @result INT = 0; ${takings.join(' ')} SELECT @result AS result;`,
    Object.fromEntries(parameters),
  );
  if (Number(rows?.[0]?.result) >= 0) return;
  throw Object.assign(new Error(`another run keeps the lock "ic ${subjects.join('" or "ic ')}"`), {
    code: 'ETIMEOUT',
  });
}
