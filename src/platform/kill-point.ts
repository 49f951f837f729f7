let armed = '';
let hits = 0;

/**
 * A place at which a test can make the process die as if by a power cut: `IC_KILL_POINT=file:renamed` kills it the
 * first time that it comes here, `file:renamed:3` the third time since the variable got that value. Does nothing
 * otherwise.
 */
export function killPoint(name: string): void {
  const wanted = process.env.IC_KILL_POINT;
  if (wanted === undefined) return;
  if (wanted !== armed) [armed, hits] = [wanted, 0];
  const [target, hit] = wanted.split(/:(?=\d+$)/);
  if (name !== target) return;
  hits += 1;
  if (hits === Number(hit ?? 1)) process.kill(process.pid, 'SIGKILL');
}
