import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { test } from 'node:test';
import type { Destination } from '../../src/destinations/destination.ts';
import { IcError } from '../../src/platform/errors.ts';
import { Interruption } from '../../src/platform/interruption.ts';
import { silentLogger } from '../../src/platform/logger.ts';
import { startAppliance } from '../appliance/appliance.ts';
import { aPresentation, aSession } from '../appliance/specimens.ts';
import { createPuller } from '../support/pulling.ts';
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
    const { path } = puller.configuration.state;
    for (const file of [path, `${path}.previous`]) await rm(file, { force: true });
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
