import { processTerminal } from '../../../src/terminal/streams.ts';

// Says what it makes of its streams, then writes COUNT long lines and ends as the program does.
const count = Number(process.argv[2] ?? 0);
const { output, error, interactive, flush } = processTerminal(process.env, process.argv.slice(3));
const { isTerminal, columns, color } = output;
output.write(`${JSON.stringify({ isTerminal, columns: String(columns), color, interactive })}\n`);
let written = 0;
for (; written < count && !output.isClosed; written += 1) {
  output.write(`${String(written).padStart(99, '.')}\n`);
  if (written % 100 === 0) await flush();
}
error.write(`wrote ${written === count ? 'all' : 'some'}\n`);
await flush();
