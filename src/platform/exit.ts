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
    setTimeout(() => process.exit(), graceMs).unref();
  });
}

function tellUnfinished(): void {
  writeSync(
    process.stderr.fd,
    'ic: Internal error: the program ended before its work did.\n' +
      '  What was acknowledged is kept; run the command again, and report this defect with the command and its log.\n',
  );
}
