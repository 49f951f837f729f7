import type { Configuration } from '../config/configuration.ts';
import { newRunId } from '../pull/run-id.ts';
import { type Log, openLog } from '../terminal/log.ts';
import { createProgress, type ShownProgress } from '../terminal/progress.ts';
import { Appliances } from './appliances.ts';
import type { CommandContext } from './command.ts';

/** What a command that moves data has while it does; disposing of it ends the display and closes the rest. */
export interface Run extends AsyncDisposable {
  readonly runId: string;
  readonly log: Log;
  readonly progress: ShownProgress;
  readonly appliances: Appliances;
}

export async function beginRun(configuration: Configuration, context: CommandContext): Promise<Run> {
  const { clock, common, io } = context;
  const runId = newRunId();
  const log = await openLog({
    config: configuration.log,
    error: io.error,
    quiet: common.quiet,
    verbosity: common.verbosity,
    clock,
    runId,
    secrets: configuration.secrets,
  });
  const progress = createProgress({ error: io.error, clock, ...common });
  const appliances = new Appliances(context, log.logger);
  return {
    runId,
    log,
    progress,
    appliances,
    async [Symbol.asyncDispose]() {
      progress.stop();
      await appliances.close();
      await log.close();
    },
  };
}
