import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunRecord, StateChange } from '../../src/state/state.ts';
import { openState } from '../../src/state/store.ts';
import { type Appliance, startAppliance } from '../../test/appliance/appliance.ts';
import { siteSection } from '../../test/appliance/ini.ts';
import { executablePath } from '../executable.ts';
import type { Bench } from './main.ts';
import { compare, run } from './measure.ts';
import { ms } from './start-up.ts';

const names = Array.from({ length: 200 }, (_, index) => `site-${index}`);
const runsEach = 1000;

/** Many sites in one process, nothing new at any: with and without the history of ten days. */
export const manySites: Bench = {
  name: 'many-sites',
  async run(report) {
    await using appliance = await startAppliance({ tokenLimit: 1000 });
    const bare = await mkdtemp(join(tmpdir(), 'ic-bench-'));
    const old = await mkdtemp(join(tmpdir(), 'ic-bench-'));
    try {
      await writeFile(join(bare, 'ic.ini'), configuration(appliance), { mode: 0o600 });
      await run(executablePath, ['pull', '--quiet'], { cwd: bare });
      await cp(bare, old, { recursive: true });
      await giveHistory(join(old, 'ic-state.db'), appliance.clock.seconds());
      const [grown, young] = await compare(
        3,
        () => run(executablePath, ['pull', '--quiet'], { cwd: old }),
        () => run(executablePath, ['pull', '--quiet'], { cwd: bare }),
      );
      report({
        what: `${names.length} sites, nothing new, ${runsEach} runs of history each, in pulls without history`,
        value: grown / young,
        unit: '×',
        most: 1.3,
        detail: `${ms(grown)} and ${ms(young)}`,
      });
    } finally {
      for (const directory of [bare, old]) await rm(directory, { recursive: true, force: true });
    }
  },
};

async function giveHistory(path: string, now: number): Promise<void> {
  const state = await openState(path);
  const nothing = { seen: 0, delivered: 0, unchanged: 0, skipped: 0, failed: 0, owed: 0, bytes: 0 };
  for (let index = 0; index < runsEach; index += 1) {
    const startedAt = now - (runsEach - index) * 900;
    const record: RunRecord = {
      id: `${index}`.padStart(12, '0'),
      startedAt,
      finishedAt: startedAt + (index % 7),
      status: 'ok',
      exitCode: 0,
      error: null,
      warnings: [],
      kinds: { sessions: nothing },
      retries: 0,
      clockDifference: (index % 11) / 10,
    };
    await state.commit(names.map((transfer): StateChange => ({ type: 'run', transfer, run: record })));
  }
  state.close();
}

function configuration(appliance: Appliance): string {
  const sections = names.map(
    (name) => `${siteSection(appliance, name)}requests_per_second = 1000
[destination.${name}]
type = file-system
directory = ${name}
[transfer.${name}]
site = ${name}
destination = ${name}
data = sessions
start = 1d
`,
  );
  return sections.join('');
}
