import { createInterface } from 'node:readline';
import { systemClock } from '../../../src/platform/clock.ts';
import { openLog } from '../../../src/terminal/log.ts';
import { createProgress } from '../../../src/terminal/progress.ts';
import { processTerminal } from '../../../src/terminal/streams.ts';

// Shows a download that stands at 12 of 40 files; each line of input is logged, and the end of input ends it.
const { output, error, input } = processTerminal(process.env, []);
const log = await openLog({
  config: null,
  error,
  verbosity: 0,
  quiet: false,
  clock: systemClock,
  runId: null,
  secrets: [],
});
const progress = createProgress({ error, clock: systemClock, quiet: false });
progress.phase('hq', 'recordings');
progress.expectFiles('hq', 40);
for (let file = 0; file < 12; file += 1) {
  const done = progress.beginFile('hq');
  done.bytes(file === 0 ? 48_211_000 : 0);
  done.done();
}
progress.items('branch', 'sessions', 1204);
for await (const line of createInterface({ input })) {
  if (line === 'end') break;
  log.logger.warn(line);
}
progress.stop();
output.write('Done.\n');
process.exit();
