import { setImmediate } from 'node:timers/promises';
import { systemClock } from '../../../src/platform/clock.ts';
import { openLog } from '../../../src/terminal/log.ts';
import { recordedStream } from '../../support/recorded-stream.ts';

// Writes COUNT lines as run ID to FILE, which is set aside at MAX_SIZE; ends by `process.exit` when told to.
const [file = '', id = '', count = '', maxSize = '', ending] = process.argv.slice(2);
const error = recordedStream();
const log = await openLog({
  config: { file, level: 'info', format: 'text', maxSize: Number(maxSize), retentionDays: 30 },
  error,
  verbosity: 0,
  quiet: false,
  clock: systemClock,
  runId: id,
  secrets: [],
});
for (let number = 0; number < Number(count); number += 1) {
  log.logger.info(`number ${number}`, { number });
  if (number % 7 === 0) await setImmediate();
}
if (ending === 'exit') process.exit(7);
await log.close();
process.stdout.write(error.text);
