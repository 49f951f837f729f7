import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Appliance, startAppliance } from '../../test/appliance/appliance.ts';
import { siteSection } from '../../test/appliance/ini.ts';
import { aSession } from '../../test/appliance/specimens.ts';
import { executablePath } from '../executable.ts';
import type { Bench } from './main.ts';
import { median, run } from './measure.ts';
import { rate } from './parse.ts';

/** Recordings beside curl: one large file, and many small ones. */
export const downloads: Bench = {
  name: 'downloads',
  async run(report) {
    const large = await sideBySide({ count: 1, bytes: 2e9, delayMs: 0, rounds: 6 });
    report({
      what: 'one recording of 2 GB, in rates of curl',
      value: large.curl / large.ic,
      unit: '×',
      least: 0.9,
      detail: `${rate(2e9, large.ic)} and ${rate(2e9, large.curl)}`,
    });
    const small = await sideBySide({ count: 200, bytes: 100_000, delayMs: 20, rounds: 3 });
    report({
      what: '200 recordings of 100 kB, in rates of curl one after another',
      value: small.curl / small.ic,
      unit: '×',
      least: 2,
      detail: `${small.ic.toFixed(2)} s and ${small.curl.toFixed(2)} s`,
    });
  },
};

interface Load {
  readonly count: number;
  readonly bytes: number;
  /** What an appliance takes before its first byte. */
  readonly delayMs: number;
  readonly rounds: number;
}

async function sideBySide(load: Load): Promise<{ readonly ic: number; readonly curl: number }> {
  const times = { ic: [] as number[], curl: [] as number[] };
  for (let round = 0; round < load.rounds; round += 1) {
    await using appliance = await startAppliance();
    const lsids = seed(appliance, load);
    const takers = {
      ic: (directory: string) => withIc(appliance, directory),
      curl: (directory: string) => withCurl(appliance, directory, lsids),
    };
    // In turn: whatever the first leaves behind, it is not always the same that finds it.
    for (const taker of round % 2 === 0 ? (['ic', 'curl'] as const) : (['curl', 'ic'] as const)) {
      const directory = await mkdtemp(join(tmpdir(), 'ic-bench-'));
      try {
        await settle(load);
        times[taker].push(await takers[taker](directory));
      } finally {
        await rm(directory, { recursive: true, force: true });
      }
    }
  }
  return { ic: median(times.ic), curl: median(times.curl) };
}

/**
 * The same beginning for both takers. What the one left to the disk, the other, which waits until its file is safe there,
 * would wait for too. And the host of a virtual machine takes memory back that was not used for a moment: what is written
 * first would pay for having it returned, several seconds for a file of some GB.
 */
async function settle({ count, bytes }: Load): Promise<void> {
  await run('sync', []);
  await run(process.execPath, ['-e', `Buffer.alloc(${count * bytes}, 1)`]);
}

function seed(appliance: Appliance, { count, bytes, delayMs }: Load): readonly string[] {
  const now = appliance.clock.seconds();
  appliance.recordings.configure({ contentLength: true });
  if (delayMs > 0) {
    appliance.faults.add(
      { type: 'delay', ms: delayMs },
      { report: 'SupportSessionRecording', times: Number.POSITIVE_INFINITY },
    );
  }
  return Array.from({ length: count }, (_, index) => {
    const recording = { format: 'mp4', size: bytes, seed: index, moov: 'first' } as const;
    return appliance.sessions.add(aSession({ startTime: now - 7200, endTime: now - 3600, recording })).lsid;
  });
}

async function withIc(appliance: Appliance, directory: string): Promise<number> {
  const lines = [
    siteSection(appliance, 'hq'),
    'requests_per_second = 1000\nconcurrency = 8',
    '[destination.archive]\ntype = file-system\ndirectory = archive',
    '[transfer.t]\nsite = hq\ndestination = archive\ndata = session-recordings\nstart = 1d\nsweep = 0',
  ];
  await writeFile(join(directory, 'ic.ini'), `${lines.join('\n')}\n`);
  return (await run(executablePath, ['pull', '--quiet'], { cwd: directory })).seconds;
}

/** What people write who have no tool: a token, then one call after another. */
async function withCurl(appliance: Appliance, directory: string, lsids: readonly string[]): Promise<number> {
  const token = appliance.tokens.issue();
  const script = lsids.map(
    (lsid) =>
      `curl -sf -o ${lsid}.mp4 -H 'Authorization: Bearer ${token}' -d generate_report=SupportSessionRecording -d lsid=${lsid} ${appliance.url}/api/reporting`,
  );
  const path = join(directory, 'fetch.sh');
  await writeFile(path, `set -e\ncd "$1"\n${script.join('\n')}\nsync\n`);
  return (await run('sh', [path, directory])).seconds;
}
