import { readFileSync, statSync } from 'node:fs';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startAppliance } from '../../test/appliance/appliance.ts';
import { siteSection } from '../../test/appliance/ini.ts';
import { lazySessions } from '../../test/appliance/seed.ts';
import { executablePath } from '../executable.ts';
import type { Bench, Figure } from './main.ts';
import { run } from './measure.ts';

const day = 86_400;
const sessions = Number(process.env.IC_BENCH_SESSIONS ?? 100_000);

/** However many there are: a million are 2,500 a day, as one big appliance has them. */
const days = 400;

/**
 * A first pull of years into SQLite: what it writes in all, and how large the state gets on the way. `IC_BENCH_SESSIONS`
 * says how many sessions; what is written grows with them in proportion.
 */
export const firstPull: Bench = {
  name: 'first-pull',
  async run(report) {
    await using appliance = await startAppliance();
    const to = appliance.clock.seconds() - 7200;
    const options = { seed: 7, count: sessions, from: to - days * day, to, open: 0, recorded: 0 };
    appliance.sessions.addLazy(lazySessions(options));
    const directory = await mkdtemp(join(tmpdir(), 'ic-bench-'));
    try {
      await writeFile(join(directory, 'ic.ini'), configuration(siteSection(appliance, 'hq')), {
        mode: 0o600,
      });
      await measure(directory, report);
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  },
};

async function measure(directory: string, report: (figure: Figure) => void): Promise<void> {
  const watched = { written: 0, largest: 0 };
  const look = (pid: number) => {
    watched.written = Math.max(watched.written, writtenBy(pid));
    watched.largest = Math.max(watched.largest, sizeOf(join(directory, 'ic-state.db')));
  };
  const { seconds, peak } = await run(executablePath, ['pull', '--quiet'], { cwd: directory, look });
  const { size } = await stat(join(directory, 'ic.db'));
  report({
    what: `written by a first pull of ${sessions} sessions, in sizes of its SQLite result`,
    value: watched.written / size,
    unit: '×',
    most: 3,
    detail: `${megabytes(watched.written)} and ${megabytes(size)}, ${Math.round(seconds)} s, ${megabytes(peak)} of memory`,
  });
  report({
    what: 'the largest that the state was on the way',
    value: watched.largest / 1e6,
    unit: ' MB',
    most: 8,
    detail: `${megabytes(sizeOf(join(directory, 'ic-state.db')))} at the end`,
  });
}

/** What a process has given to the system to write so far, in bytes; 0 where the system does not tell. */
function writtenBy(pid: number): number {
  try {
    return Number(/^wchar: (\d+)$/m.exec(readFileSync(`/proc/${pid}/io`, 'utf8'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

function configuration(site: string): string {
  return `${site}requests_per_second = 1000
[destination.local]
type = sqlite
path = ic.db
[transfer.t]
site = hq
destination = local
data = sessions
start = ${days + 1}d
`;
}
