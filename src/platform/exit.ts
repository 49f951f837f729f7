import { exitCodes } from './errors.ts';

/**
 * Ends the process with the exit code that `work` comes to. Node ends a process with 0 as soon as nothing is left to
 * wait for, also with work half done; that must never look like success.
 */
export function exitWith(work: Promise<number>): void {
  process.exitCode = exitCodes.internal;
  process.once('beforeExit', tellUnfinished);
  void work.then((exitCode) => {
    process.off('beforeExit', tellUnfinished);
    process.exitCode = exitCode;
  });
}

function tellUnfinished(): void {
  process.stderr.write(
    'ic: Internal error: the program ended before its work did.\n' +
      '  What was acknowledged is kept; run the command again, and report this defect with the command and its log.\n',
  );
}
