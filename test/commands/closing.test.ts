import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createAppliance } from '../../src/appliance/client.ts';
import type { PullSession } from '../../src/commands/pull-run.ts';
import { runTransfers } from '../../src/commands/pull-run.ts';
import type { Site } from '../../src/config/configuration.ts';
import { readConfiguration } from '../../src/config/read.ts';
import type { Destination } from '../../src/destinations/destination.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { IcError, toIcError } from '../../src/platform/errors.ts';
import { silentLogger } from '../../src/platform/logger.ts';
import { noProgress } from '../../src/platform/progress.ts';
import { openState } from '../../src/state/store.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

/** Of no use but for being closed. */
function destinationThat(closes: () => void, kinds: Destination['capabilities']['kinds']): Destination {
  const failing = () => Promise.reject(new IcError('io', 'The destination is broken.'));
  return {
    capabilities: { kinds, batch: { items: 1, bytes: 1 }, recognises: true, keepsRecords: false },
    open: failing,
    deliver: failing,
    stagingDirectory: failing,
    advance: failing,
    recover: failing,
    held: failing,
    recorded: failing,
    compare: failing,
    position: () => null,
    rename: failing,
    async *check() {},
    close: async () => closes(),
  } as Destination;
}

async function sessionWith(t: TestContext, parts: Partial<PullSession>): Promise<PullSession> {
  const directory = await temporaryDirectory(t);
  const text = [
    '[site.hq]\nhost = localhost:1\nclient_id = a\nclient_secret = b\ninsecure_http = yes\nretries = 0',
    '[destination.archive]\ntype = file-system\ndirectory = archive',
    '[transfer.t]\nsite = hq\ndestination = archive\ndata = sessions',
  ].join('\n');
  const configuration = await readConfiguration(join(directory, 'ic.ini'), {
    env: {},
    readFile: async () => Buffer.from(text),
  });
  const state = await openState(configuration.state.path, { clock: systemClock, logger: silentLogger });
  t.after(() => state.close());
  return {
    runId: 'test',
    configuration,
    request: {
      names: [],
      selection: { type: 'incremental' },
      kinds: null,
      adHoc: null,
      due: false,
      dryRun: false,
      waitLockMs: 0,
      failOnEmpty: false,
    },
    state,
    clock: systemClock,
    logger: silentLogger,
    progress: noProgress,
    signal: new AbortController().signal,
    applianceOf: async (site: Site) => createAppliance(site, { env: {} }),
    destinationOf: async () => assert.fail('a test names its destination'),
    begun: () => {},
    ...parts,
  };
}

for (const [what, kinds, applianceOf] of [
  ['it cannot hold what it is to hold', new Set<'backups'>(['backups']), undefined],
  [
    'the appliance cannot be made',
    new Set<'sessions'>(['sessions']),
    () => Promise.reject(new IcError('configuration', 'There is no such certificate.')),
  ],
  ['it cannot be opened', new Set<'sessions'>(['sessions']), undefined],
] as const) {
  test(`a destination is closed when ${what}`, async (t) => {
    const closings: string[] = [];
    const destinationOf = async () => destinationThat(() => void closings.push(what), kinds);
    const session = await sessionWith(t, { destinationOf, ...(applianceOf ? { applianceOf } : {}) });
    const [result] = await runTransfers(session, [...session.configuration.transfers.values()]);
    assert.equal(result?.status, 'failed');
    assert.deepEqual(closings, [what]);
  });
}

test('what failed first is told, when closing fails as well', async () => {
  const { closing } = await import('../../src/platform/closing.ts');
  const work = async () => {
    await using _ = closing({ close: () => Promise.reject(new Error('It is closed.')) });
    throw new IcError('io', 'The disk is full.');
  };
  const error = await work().then(assert.fail, toIcError);
  assert.deepEqual([error.code, error.message], ['io', 'The disk is full.']);
});
