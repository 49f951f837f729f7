import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startAppliance } from '../../test/appliance/appliance.ts';
import { siteSection } from '../../test/appliance/ini.ts';
import { lazySessions } from '../../test/appliance/seed.ts';
import { executablePath } from '../executable.ts';
import type { Bench } from './main.ts';
import { run } from './measure.ts';
import { rate } from './parse.ts';

/** A report of a gigabyte, pulled into files. */
export const memory: Bench = {
  name: 'memory',
  async run(report) {
    await using appliance = await startAppliance();
    const now = appliance.clock.seconds();
    const count = 75_000;
    appliance.sessions.addLazy(
      lazySessions({ seed: 5, count, from: now - 20 * 3600, to: now - 3600, open: 0, abnormal: 0 }),
    );
    const directory = await mkdtemp(join(tmpdir(), 'ic-bench-'));
    try {
      const lines =
        '[destination.archive]\ntype = sqlite\npath = ic.db\n[transfer.t]\nsite = hq\ndestination = archive\ndata = sessions\nstart = 1d\nsweep = 0\n';
      await writeFile(join(directory, 'ic.ini'), `${siteSection(appliance, 'hq')}${lines}`);
      const pulled = await run(executablePath, ['pull', '--json'], { cwd: directory });
      const bytes = appliance.requests.all().reduce((sum, request) => sum + (request.bytes ?? 0), 0);
      report({
        what: `peak memory of a pull of ${count} sessions in one report`,
        value: pulled.peak / 1e6,
        unit: ' MB',
        most: 200,
        detail: `${Math.round(bytes / 1e6)} MB at ${rate(bytes, pulled.seconds)}`,
      });
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  },
};
