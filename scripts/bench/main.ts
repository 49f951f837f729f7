import { availableParallelism, cpus } from 'node:os';
import { buildExecutable } from '../executable.ts';
import { downloads } from './downloads.ts';
import { firstPull } from './first-pull.ts';
import { idlePull } from './idle-pull.ts';
import { itemIndex } from './item-index.ts';
import { manySites } from './many-sites.ts';
import { memory } from './memory.ts';
import { parse } from './parse.ts';
import { sql } from './sql.ts';
import { startUp } from './start-up.ts';

/** One figure, with the bound that it is to keep. */
export interface Figure {
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  readonly most?: number;
  readonly least?: number;
  readonly detail: string;
}

export interface Bench {
  readonly name: string;
  run(report: (figure: Figure) => void): Promise<void>;
}

const benches: readonly Bench[] = [
  startUp,
  idlePull,
  parse,
  sql,
  memory,
  downloads,
  firstPull,
  manySites,
  itemIndex,
];

/** `npm run bench [-- NAME...]`: medians, each beside what it is measured against in the same run. */
async function main(names: readonly string[]): Promise<void> {
  if (!buildExecutable()) throw new Error('The executable cannot be built.');
  process.stdout.write(
    `${cpus()[0]?.model ?? 'unknown processor'}, ${availableParallelism()} at once, Node ${process.version}\n`,
  );
  for (const bench of benches) {
    if (names.length > 0 && !names.includes(bench.name)) continue;
    try {
      await bench.run(print);
    } catch (error) {
      process.stdout.write(
        `${bench.name}: not measured: ${error instanceof Error ? error.message : String(error)}\n`,
      );
      process.exitCode = 1;
    }
  }
}

function print({ what, value, unit, most, least, detail }: Figure): void {
  const bound =
    most !== undefined ? `at most ${most}${unit}` : least !== undefined ? `at least ${least}${unit}` : '';
  const kept = (most === undefined || value <= most) && (least === undefined || value >= least);
  if (!kept) process.exitCode = 1;
  process.stdout.write(
    `${kept ? 'ok  ' : 'MISS'}  ${what}: ${value.toFixed(2)}${unit} (${bound}; ${detail})\n`,
  );
}

await main(process.argv.slice(2));
