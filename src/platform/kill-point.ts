const [targetName, targetHit] = (process.env.IC_KILL_POINT ?? '').split(/:(?=\d+$)/);
let hits = 0;

/**
 * A place at which a test can make the process die as if by a power cut: `IC_KILL_POINT=file:renamed` kills it the
 * first time that it comes here, `file:renamed:3` the third time. Does nothing otherwise.
 */
export function killPoint(name: string): void {
  if (name !== targetName) return;
  hits += 1;
  if (hits === Number(targetHit ?? 1)) process.kill(process.pid, 'SIGKILL');
}
