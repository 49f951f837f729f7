import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type Appliance, startAppliance } from '../appliance/appliance.ts';
import { askReport } from '../appliance/ask.ts';
import type { Fault } from '../appliance/faults.ts';
import { siteSection } from '../appliance/ini.ts';
import { media } from '../appliance/media.ts';
import { renderSession } from '../appliance/render-session.ts';
import { aSession, plainStyle } from '../appliance/specimens.ts';
import { sourceIn } from '../support/run-source.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const ofRecordings = { report: 'SupportSessionRecording', times: Number.POSITIVE_INFINITY } as const;
const fail = (fault: Fault) => (appliance: Appliance) => {
  appliance.faults.add(fault, ofRecordings);
};
const become = (state: 'expired' | 'never') => (appliance: Appliance) => {
  appliance.recordings.configure({ state });
};

const into = ['--to', 'archive', '--site', 'hq', '--data'];

for (const [what, goWrong, exitCode, code, said] of [
  ['has expired', become('expired'), 3, 'partial', /expired/],
  ['is not ready', become('never'), 3, 'partial', /is not ready yet: .*replay again later/],
  ['breaks off', fail({ type: 'reset-body' }), 69, 'unreachable', /Cannot get/],
  ['is reset', fail({ type: 'reset' }), 69, 'unreachable', /reset/],
  ['meets a site out of service', fail({ type: 'status', status: 503 }), 69, 'unreachable', /503/],
  ['is denied', fail({ type: 'status', status: 403 }), 77, 'refused', /403/],
  ['is not found', fail({ type: 'status', status: 404 }), 77, 'refused', /Document Not Found/],
  ['is a page', fail({ type: 'html' }), 76, 'not-understood', /HTML/],
] as const) {
  test(`a replay whose recording ${what} ends with ${exitCode}, and says why`, async (t) => {
    const replay = await withReports(t, goWrong);
    const { status, error, stderr } = await replay('saved.xml', ...into, 'session-recordings');
    assert.deepEqual([status, error.code, error.exit_code], [exitCode, code, exitCode], stderr);
    assert.match(error.message, said);
    assert.match(stderr, said);
    assert.doesNotMatch(stderr, /is owed|given up/);
    const both = await replay('saved.xml', ...into, 'sessions,session-recordings');
    assert.deepEqual([both.status, both.error.code], [3, code], 'the session was stored');
  });
}

for (const [what, parameters] of [
  ['that is delivered', [...into, 'sessions']],
  ['that is shown', []],
] as const) {
  test(`a replay ${what} says also in its JSON that a record has no LSID`, async (t) => {
    const replay = await withReports(t, () => undefined);
    for (const [files, exitCode] of [
      [['nameless.xml'], 76],
      [['nameless.xml', 'saved.xml'], 3],
    ] as const) {
      const { status, error } = await replay(...files, ...parameters);
      assert.deepEqual([status, error.code], [exitCode, 'not-understood']);
      assert.match(error.message, /^nameless\.xml.*no lsid/);
    }
  });
}

/** Runs `ic replay --json` beside reports of a session whose recording goes wrong, and of one without an LSID. */
async function withReports(t: TestContext, goWrong: (appliance: Appliance) => void) {
  const appliance = await startAppliance();
  t.after(() => appliance.close());
  const times = { startTime: appliance.clock.seconds() - 7200, endTime: appliance.clock.seconds() - 3600 };
  const { lsid } = appliance.sessions.add(aSession({ ...times, recording: media() }));
  appliance.recordings.configure({ link: 'closed' });
  goWrong(appliance);
  const directory = await temporaryDirectory(t);
  const write = (name: string, text: string) => writeFile(join(directory, name), text);
  const archive = '[destination.archive]\ntype = file-system\ndirectory = archive\n';
  await write('ic.ini', `${siteSection(appliance, 'hq')}retries = 0\n${archive}`);
  const saved = await askReport(appliance, { generate_report: 'SupportSession', lsid });
  await write('saved.xml', saved.text);
  const nameless = aSession({ ...times, style: { ...plainStyle, omitLsid: true } });
  const record = renderSession(nameless, '', () => 'https://link');
  await write('nameless.xml', `<session_list>${record}</session_list>`);
  return async (...parameters: readonly string[]) => {
    const { code, stdout, stderr } = await sourceIn(directory)('replay', ...parameters, '--json');
    const { exit_code: status, error } = JSON.parse(stdout);
    assert.equal(status, code);
    return { status, error, stderr };
  };
}
