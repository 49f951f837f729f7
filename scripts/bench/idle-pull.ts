import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startAppliance } from '../../test/appliance/appliance.ts';
import { siteSection } from '../../test/appliance/ini.ts';
import { seedSessions } from '../../test/appliance/seed.ts';
import { executablePath } from '../executable.ts';
import { findRuntime } from '../runtime.mjs';
import type { Bench } from './main.ts';
import { compare, run } from './measure.ts';
import { ms } from './start-up.ts';

/** What cron does most of the time: a pull that finds nothing new. */
export const idlePull: Bench = {
  name: 'idle-pull',
  async run(report) {
    await using appliance = await startAppliance();
    const now = appliance.clock.seconds();
    appliance.sessions.addAll(
      seedSessions({ seed: 3, count: 100, from: now - 86_400, to: now - 7200, open: 0, abnormal: 0 }),
    );
    const directory = await mkdtemp(join(tmpdir(), 'ic-bench-'));
    try {
      await writeFile(join(directory, 'ic.ini'), configuration(siteSection(appliance, 'hq')));
      await run(executablePath, ['pull', '--quiet'], { cwd: directory });
      const [ic, bare] = await compare(
        15,
        () => run(executablePath, ['pull', '--quiet'], { cwd: directory }),
        () => run(findRuntime(), ['-e', '0']),
      );
      report({
        what: 'a pull with nothing new, in bare starts',
        value: ic / bare,
        unit: '×',
        most: 6,
        detail: `${ms(ic)} and ${ms(bare)}`,
      });
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  },
};

function configuration(site: string): string {
  return `${site}[destination.archive]\ntype = file-system\ndirectory = archive\n[transfer.t]\nsite = hq\ndestination = archive\ndata = sessions\nstart = 2d\n`;
}
