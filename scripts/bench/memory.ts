import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Appliance, startAppliance } from '../../test/appliance/appliance.ts';
import { siteSection } from '../../test/appliance/ini.ts';
import { lazySessions } from '../../test/appliance/seed.ts';
import { aSession } from '../../test/appliance/specimens.ts';
import { executablePath } from '../executable.ts';
import type { Bench } from './main.ts';
import { type Run, run } from './measure.ts';
import { rate } from './parse.ts';

/** The most that a pull holds at once, whatever comes: a report of a gigabyte, and a recording of ten. */
export const memory: Bench = {
  name: 'memory',
  async run(report) {
    for (const [what, load] of Object.entries({
      'a report of 75,000 sessions': longReport,
      'a recording of 10 GB': largeRecording,
    })) {
      const { peak, bytes, seconds } = await load();
      report({
        what: `peak memory of ${what}`,
        value: peak / 1e6,
        unit: ' MB',
        most: 200,
        detail: `${Math.round(bytes / 1e6)} MB at ${rate(bytes, seconds)}`,
      });
    }
  },
};

function longReport(): Promise<Pulled> {
  return pulled('type = sqlite\npath = ic.db', 'sessions', (appliance) => {
    const now = appliance.clock.seconds();
    appliance.sessions.addLazy(
      lazySessions({
        seed: 5,
        count: 75_000,
        from: now - 20 * 3600,
        to: now - 3600,
        open: 0,
        abnormal: 0,
      }),
    );
  });
}

function largeRecording(): Promise<Pulled> {
  return pulled('type = file-system\ndirectory = archive', 'session-recordings', (appliance) => {
    const now = appliance.clock.seconds();
    const recording = { format: 'mp4', size: 10e9, seed: 1, moov: 'last' } as const;
    appliance.sessions.add(aSession({ startTime: now - 7200, endTime: now - 3600, recording }));
  });
}

interface Pulled extends Run {
  readonly bytes: number;
}

async function pulled(
  destination: string,
  data: string,
  seed: (appliance: Appliance) => void,
): Promise<Pulled> {
  await using appliance = await startAppliance();
  seed(appliance);
  const directory = await mkdtemp(join(tmpdir(), 'ic-bench-'));
  try {
    const transfer = `[transfer.t]\nsite = hq\ndestination = d\ndata = ${data}\nstart = 1d\nsweep = 0`;
    const text = `${siteSection(appliance, 'hq')}[destination.d]\n${destination}\n${transfer}\n`;
    await writeFile(join(directory, 'ic.ini'), text);
    const result = await run(executablePath, ['pull', '--quiet'], { cwd: directory });
    const bytes = appliance.requests.all().reduce((sum, request) => sum + (request.bytes ?? 0), 0);
    return { ...result, bytes };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
