import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { test } from 'node:test';
import type { Destination } from '../../src/destinations/destination.ts';
import { IcError } from '../../src/platform/errors.ts';
import { Interruption } from '../../src/platform/interruption.ts';
import { silentLogger } from '../../src/platform/logger.ts';
import { type Appliance, startAppliance } from '../appliance/appliance.ts';
import { media } from '../appliance/media.ts';
import { aPresentation, aSession } from '../appliance/specimens.ts';
import { createPuller, type Puller } from '../support/pulling.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

for (const [name, interrupt] of [
  ['fails', null],
  ['is interrupted', new AbortController()],
] as const) {
  test(`a rebuild of the state that ${name} half way begins anew on the next run`, async (t) => {
    await using appliance = await startAppliance();
    const startTime = appliance.clock.seconds() - 7200;
    appliance.sessions.add(aSession({ startTime }));
    appliance.presentations.add(aPresentation({ startTime }));
    const directory = await temporaryDirectory(t);
    const puller = await createPuller(directory, appliance, { data: 'sessions, presentations' });
    await puller.pull();
    await loseState(puller);
    const failing = puller.pull({
      destination: (real) =>
        failingFor('presentations', real, () => {
          interrupt?.abort(new Interruption('SIGTERM'));
          throw new IcError('io', 'The disk cannot be read.');
        }),
      ...(interrupt && { signal: interrupt.signal }),
    });
    if (interrupt) await assert.rejects(failing, Interruption);
    else assert.equal((await failing).status, 'failed');
    const rebuilt: string[] = [];
    const warn = (message: string) => rebuilt.push(message);
    const { status, kinds } = await puller.pull({ logger: { ...silentLogger, warn } });
    assert.deepEqual([status, kinds.sessions?.delivered, kinds.presentations?.delivered], ['ok', 0, 0]);
    assert.deepEqual(
      rebuilt.map((message) => /(\S+) goes on from there/.exec(message)?.[1]),
      ['sessions', 'presentations'],
    );
  });
}

for (const [what, configure] of [
  ['are not ready yet', (appliance: Appliance) => appliance.recordings.configure({ state: 'never' })],
  [
    'could not be had',
    (appliance: Appliance) =>
      void appliance.faults.add(
        { type: 'status', status: 503 },
        { report: 'SupportSessionRecording', times: Number.POSITIVE_INFINITY },
      ),
  ],
] as const) {
  test(`recordings that ${what} when the state is lost are not forgotten`, async (t) => {
    await using appliance = await startAppliance();
    appliance.recordings.configure({ link: 'closed' });
    const day = 86_400;
    const now = appliance.clock.seconds();
    for (let days = 5; days < 25; days += 1) {
      const startTime = now - days * day;
      appliance.sessions.add(aSession({ startTime, endTime: startTime + 60, recording: media() }));
    }
    configure(appliance);
    const directory = await temporaryDirectory(t);
    const puller = await createPuller(directory, appliance, {
      data: 'sessions, session-recordings',
      site: 'retries = 0',
    });
    await puller.pull();
    await loseState(puller);
    appliance.recordings.configure({ state: 'ready' });
    appliance.faults.clear();
    const { status, kinds } = await puller.pull();
    assert.equal(status, 'ok');
    assert.deepEqual([kinds.sessions?.delivered, kinds['session-recordings']?.delivered], [0, 20]);
    await loseState(puller);
    appliance.requests.clear();
    const again = await puller.pull();
    assert.deepEqual([again.status, again.kinds['session-recordings']?.delivered], ['ok', 0]);
    assert.equal(appliance.requests.count({ report: 'SupportSessionRecording' }), 0, 'all are known');
  });
}

test('after a lost state the sweep looks back from where the archive came to, and not from the transfer’s start', async (t) => {
  await using appliance = await startAppliance();
  const day = 86_400;
  appliance.sessions.add(aSession({ startTime: appliance.clock.seconds() - 40 * day }));
  const directory = await temporaryDirectory(t);
  const puller = await createPuller(directory, appliance, { transfer: 'start = 60d\nsweep = 7d' });
  for (let run = 0; run < 2; run += 1) assert.equal((await puller.pull()).status, 'ok');
  await loseState(puller);
  appliance.requests.clear();
  assert.equal((await puller.pull()).status, 'ok');
  const sweeps = appliance.requests.all({ where: ({ parameters }) => parameters.start_time !== undefined });
  const earliest = Math.min(...sweeps.map(({ parameters }) => Number(parameters.start_time)));
  assert.ok(sweeps.length > 0 && earliest > appliance.clock.seconds() - 8 * day, `${earliest}`);
});

test('a session that was open when the state was lost is delivered in the end, however short the sweep', async (t) => {
  await using appliance = await startAppliance();
  const day = 86_400;
  const startTime = appliance.clock.seconds() - 3 * day;
  appliance.sessions.add(aSession({ startTime, endTime: null }));
  const directory = await temporaryDirectory(t);
  const transfer = 'start = 30d\nsweep = 1d\nabandon_open_after = 5d';
  const puller = await createPuller(directory, appliance, { transfer });
  for (let run = 0; run < 2; run += 1) assert.equal((await puller.pull()).kinds.sessions?.delivered, 0);
  await loseState(puller);
  await puller.pull();
  appliance.clock.advance(3 * day * 1000);
  // Such a leap is believed when a second run sees it.
  await puller.pull();
  assert.equal((await puller.pull()).kinds.sessions?.delivered, 1);
});

async function loseState({ configuration }: Puller): Promise<void> {
  const { path } = configuration.state;
  for (const file of [path, `${path}.previous`]) await rm(file, { force: true });
}

function failingFor(wanted: string, real: Destination, fail: () => never): Destination {
  return new Proxy(real, {
    get(target, property) {
      const value = Reflect.get(target, property);
      if (property !== 'recover') return typeof value === 'function' ? value.bind(target) : value;
      return (...[kind, signal]: Parameters<Destination['recover']>) =>
        kind === wanted ? fail() : target.recover(kind, signal);
    },
  });
}
