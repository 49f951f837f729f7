import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Appliance, startAppliance } from '../appliance/appliance.ts';
import type { Fault } from '../appliance/faults.ts';
import { siteSection } from '../appliance/ini.ts';
import { aSession, lsidFor } from '../appliance/specimens.ts';
import { runIc } from '../support/program.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const sessions = 500;
const perSession = 4;
const minute = 60_000;
const day = 24 * 60 * minute;
const kind = 'command-shell-recordings';

/** What becomes of every twentieth recording. The last two are never had, all others in the end. */
const troubles = [
  'not ready',
  'not ready for long',
  'html',
  'empty',
  'reset',
  'cut',
  'mislabelled',
  'unknown error',
  'expired',
  'never ready',
] as const;
type Trouble = (typeof troubles)[number];

const faults: Partial<Record<Trouble, Fault>> = {
  html: { type: 'html' },
  empty: { type: 'empty' },
  reset: { type: 'reset-body', after: 0.5 },
  cut: { type: 'wrong-length' },
  mislabelled: { type: 'content-type', value: 'text/html' },
  'unknown error': { type: 'error', text: 'The conversion has failed.' },
};

interface Recording {
  readonly lsid: string;
  readonly instance: number;
  readonly trouble: Trouble | null;
}

test('of 2,000 recordings, every twentieth in trouble, what can be had is there once and the rest accounted for', async (t) => {
  await using appliance = await startAppliance();
  const recordings = seed(appliance);
  const inTrouble = (trouble: Trouble) =>
    recordings.filter((recording) => recording.trouble === trouble).length;
  const lost = inTrouble('expired') + inTrouble('never ready');
  const directory = await temporaryDirectory(t);
  await writeFile(join(directory, 'ic.ini'), configuration(appliance), { mode: 0o600 });

  const first = await pull(directory);
  assert.equal(first.exitCode, 3, 'some failed, some have expired');
  assert.equal(first.seen, sessions * perSession);

  for (const pause of [6, 11, 21, 41, 81]) {
    appliance.clock.advance(pause * minute);
    await pull(directory);
  }
  const quiet = await pull(directory);
  assert.equal(quiet.owed, inTrouble('never ready'), 'only what is not ready is owed');
  assert.equal(quiet.exitCode, 0, 'and that is no failure in its first day');
  await compare(directory, appliance, recordings);

  appliance.clock.advance(day);
  assert.equal((await pull(directory)).exitCode, 3, 'after a day it is one');
  appliance.clock.advance(14 * day);
  const unconfirmed = await pull(directory);
  assert.equal(unconfirmed.exitCode, 3);
  assert.equal(
    unconfirmed.owed,
    inTrouble('never ready'),
    'nothing is given up by a leap that one pull has seen',
  );
  const last = await pull(directory);
  assert.equal(last.exitCode, 3, 'it is given up loudly');
  assert.equal(last.failed, inTrouble('never ready'));
  const after = await pull(directory);
  assert.deepEqual([after.exitCode, after.owed], [0, 0], 'and that is said once');

  const status = JSON.parse((await runIc(['status', '--json'], { cwd: directory })).stdout);
  assert.equal(status.transfers[0].kinds[kind].delivered, sessions * perSession - lost);
  assert.equal((await runIc(['verify', '--quiet'], { cwd: directory })).code, 0);
});

function seed(appliance: Appliance): readonly Recording[] {
  const now = appliance.clock.seconds();
  const recordings: Recording[] = [];
  for (let index = 0; index < sessions; index += 1) {
    const lsid = lsidFor(`session ${index}`);
    const commandShellRecordings = Array.from({ length: perSession }, (_, instance) => {
      recordings.push({ lsid, instance, trouble: troubleOf(recordings.length) });
      const size = 300 + index + instance;
      return {
        instance,
        media: { format: 'mp4', size, seed: index * 10 + instance, moov: 'last' } as const,
      };
    });
    appliance.sessions.add(
      aSession({ lsid, startTime: now - 7200, endTime: now - 3600 - index, commandShellRecordings }),
    );
  }
  for (const recording of recordings) makeTrouble(appliance, recording);
  return recordings;
}

function troubleOf(index: number): Trouble | null {
  return index % 20 === 0 ? (troubles[(index / 20) % troubles.length] ?? null) : null;
}

function makeTrouble(appliance: Appliance, { lsid, instance, trouble }: Recording): void {
  if (trouble === null) return;
  const which = { kind: 'shell', lsid, instance } as const;
  const fault = faults[trouble];
  if (fault !== undefined) {
    appliance.faults.add(fault, {
      lsid,
      report: 'CommandShellRecording',
      times: trouble === 'mislabelled' ? Number.POSITIVE_INFINITY : 2,
      where: (request) => request.parameters.instance === String(instance),
    });
    appliance.recordings.configure({ contentLength: true, link: 'closed' }, which);
  }
  const { clock, recordings } = appliance;
  if (trouble === 'not ready') recordings.configure({ state: { notReadyFor: 2 } }, which);
  if (trouble === 'not ready for long') {
    recordings.configure({ state: { readyAt: clock.seconds() + 3600 } }, which);
  }
  if (trouble === 'expired') recordings.configure({ state: 'expired' }, which);
  if (trouble === 'never ready') recordings.configure({ state: 'never' }, which);
}

function configuration(appliance: Appliance): string {
  return `${siteSection(appliance, 'hq')}requests_per_second = 1000
concurrency = 8
retries = 0
[destination.archive]
type = file-system
directory = archive
[transfer.t]
site = hq
destination = archive
data = ${kind}
start = 1d
sweep = 0
`;
}

interface Pulled {
  readonly exitCode: number;
  readonly seen: number;
  readonly failed: number;
  readonly owed: number;
}

async function pull(directory: string): Promise<Pulled> {
  const { stdout, code } = await runIc(['pull', '--json'], { cwd: directory });
  const report = JSON.parse(stdout);
  assert.equal(report.exit_code, code);
  return { exitCode: report.exit_code, ...report.transfers[0].kinds[kind] };
}

/** Every recording that can be had stands there once, under a final name, with the hash that the appliance knows. */
async function compare(
  directory: string,
  appliance: Appliance,
  recordings: readonly Recording[],
): Promise<void> {
  const archive = join(directory, 'archive');
  const names = (await readdir(archive)).filter((name) => name.endsWith('.mp4'));
  const found = new Map<string, number>();
  for (const name of names) {
    const hash = createHash('sha256')
      .update(await readFile(join(archive, name)))
      .digest('hex');
    found.set(hash, (found.get(hash) ?? 0) + 1);
  }
  const wanted = recordings.filter(({ trouble }) => trouble !== 'expired' && trouble !== 'never ready');
  for (const { lsid, instance, trouble } of wanted) {
    const hash = appliance.recordingSha256({ kind: 'shell', lsid, instance });
    assert.equal(found.get(hash), 1, `${lsid} ${instance} (${trouble ?? 'no trouble'})`);
  }
  assert.equal(names.length, wanted.length, 'nothing else is there');
}
