import { writeSync } from 'node:fs';
import { exitCodes } from './errors.ts';
import { failUnfinished } from './stray-errors.ts';

/** How long the process may take to end once its work is done, in milliseconds. */
const graceMs = 5_000;

/**
 * Ends the process with the exit code that `work` comes to. Node ends a process with 0 as soon as nothing is left to
 * wait for, also with work half done; that must never look like success.
 */
export function exitWith(work: Promise<number>): void {
  process.exitCode = exitCodes.internal;
  let done = false;
  process.on('beforeExit', () => {
    if (!done && failUnfinished()) return;
    if (!done) tellUnfinished();
    // At once: Node would take down its heap first, object by object, which takes 10 ms.
    process.exit();
  });
  void work.then((exitCode) => {
    done = true;
    process.exitCode = exitCode;
    // What was given up on may hold the process.
    setTimeout(() => exitNow(exitCode), graceMs).unref();
  });
}

/**
 * Ends the process, also while a file operation hangs, as on a share whose server is gone: `process.exit` would wait for
 * the thread that it hangs in. `signal` is what the process then dies of.
 */
export function exitNow(exitCode: number, signal: 'SIGINT' | 'SIGTERM' | 'SIGKILL' = 'SIGKILL'): void {
  const hangs = process.getActiveResourcesInfo().some((resource) => resource.startsWith('FSReq'));
  // Windows ends its threads by itself.
  if (!hangs || process.platform === 'win32') process.exit(exitCode);
  process.emit('exit', exitCode);
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}

function tellUnfinished(): void {
  writeSync(
    process.stderr.fd,
    'ic: Internal error: the program ended before its work did.\n' +
      '  What was acknowledged is kept; run the command again, and report this defect with the command and its log.\n',
  );
}
