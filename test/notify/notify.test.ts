import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { notifyPeople } from '../../src/notify/notify.ts';
import { IcError } from '../../src/platform/errors.ts';
import type { State, TransferState } from '../../src/state/state.ts';
import { archive, env, readText, site, transfer } from '../support/configuration.ts';
import { fastClock } from '../support/fast-clock.ts';
import { recordingLogger } from '../support/recording-logger.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { startReceiver } from './http-receiver.ts';
import { resultOf, runOf, sampleNow, stateOf } from './results.ts';

const day = 86_400;

/** A state that knows the transfer and cannot be written. */
function readOnlyState(known: TransferState): State {
  const state: Partial<State> = {
    transfer: () => known,
    owed: () => [],
    owedItem: () => null,
    runs: () => (known.lastRun === null ? [] : [known.lastRun]),
    commit: () => Promise.reject(new IcError('io', 'Cannot write the state: no space left.')),
  };
  return state as State;
}

async function setUp(t: TestContext) {
  const directory = await temporaryDirectory(t);
  const name = process.platform === 'win32' ? 'TEMP' : 'TMPDIR';
  const before = process.env[name] ?? '/tmp';
  process.env[name] = directory;
  t.after(() => {
    process.env[name] = before;
  });
  const webhook = await startReceiver(t);
  const text = `${site}${archive}${transfer}[notify.webhook]\nurl = ${webhook.url}\n[state]\npath = ${join(directory, 'gone', 'ic-state.db')}\n`;
  const configuration = await readText(text, { env });
  const { logger, lines } = recordingLogger();
  const notify = (state: State | null, startedAt: number, status: 'failed' | 'ok') => {
    const run = {
      id: `run-${startedAt}`,
      startedAt,
      exitCode: status === 'ok' ? 0 : 74,
      results: [resultOf({ name: 't', status, exitCode: status === 'ok' ? 0 : 74 })],
      summary: {},
    };
    const context = { configuration, state, clock: fastClock(startedAt * 1000), env: {}, logger };
    return notifyPeople(run, context, t.signal);
  };
  const subjects = () =>
    webhook.requests.map(({ body }) => JSON.parse(body).notice.subject.replace(/:.*/, ''));
  return { notify, subjects, lines };
}

test('with a state whose disk is gone, people are told once a day all the same', async (t) => {
  const { notify, subjects } = await setUp(t);
  const state = readOnlyState(
    stateOf({ name: 't', lastRun: runOf({ id: 'before', startedAt: sampleNow - 900 }) }),
  );
  for (const minutes of [0, 1, 2, 60]) await notify(state, sampleNow + minutes * 60, 'failed');
  assert.deepEqual(subjects(), ['t failed']);
  await notify(state, sampleNow + day, 'failed');
  assert.deepEqual(subjects(), ['t failed', 't still failing']);
});

test('what was remembered aside does not outlive the failure', async (t) => {
  const { notify, subjects } = await setUp(t);
  const before = runOf({ id: 'before', startedAt: sampleNow - 900 });
  await notify(readOnlyState(stateOf({ name: 't', lastRun: before })), sampleNow, 'failed');
  await notify(readOnlyState(stateOf({ name: 't', lastRun: before })), sampleNow + 900, 'ok');
  const recovered = runOf({ id: `run-${sampleNow + 900}`, startedAt: sampleNow + 900 });
  await notify(readOnlyState(stateOf({ name: 't', lastRun: recovered })), sampleNow + 1800, 'ok');
  await notify(readOnlyState(stateOf({ name: 't', lastRun: recovered })), sampleNow + 2700, 'failed');
  assert.deepEqual(subjects(), ['t failed', 't recovered', 't failed']);
});

test('a file of somebody else under the name is not taken for a memory of ours', {
  skip: process.getuid?.() !== 0,
}, async (t) => {
  const { chown, readdir } = await import('node:fs/promises');
  const { notify, subjects } = await setUp(t);
  const state = readOnlyState(stateOf({ name: 't', lastRun: null }));
  await notify(state, sampleNow, 'failed');
  const directory = process.env.TMPDIR ?? '';
  for (const name of await readdir(directory)) await chown(`${directory}/${name}`, 65_534, 65_534);
  await notify(state, sampleNow + 60, 'failed');
  assert.deepEqual(subjects(), ['t failed', 't failed']);
});
