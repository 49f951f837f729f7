import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { media } from '../appliance/media.ts';
import { anEvent, aPresentation, aSession, lsidFor } from '../appliance/specimens.ts';
import { day, hour, type Installation, install, minute } from '../support/installation.ts';
import { startTdsServer } from '../tds/server.ts';

const everything = 'data = sessions, presentations, session-recordings, backups';
const always = { times: Number.POSITIVE_INFINITY };

/** Twelve sessions with recordings: more than it takes to give a site up. */
function seed({ appliance }: Installation): void {
  appliance.recordings.configure({ link: 'closed' });
  const now = appliance.clock.seconds();
  for (let index = 1; index <= 12; index += 1) {
    const endTime = now - 10 * minute - index * minute;
    appliance.sessions.add(aSession({ startTime: endTime - minute, endTime, recording: media() }));
  }
  appliance.presentations.add(aPresentation({ startTime: now - 20 * minute, endTime: now - 15 * minute }));
}

const settings = { site: 'retries = 0', transfer: everything };

describe('what a site refuses costs nothing else:', () => {
  for (const status of [404, 403, 503]) {
    test(`a site that answers ${status} for every recording is asked for its backup in each run`, async (t) => {
      const installation = await install(t, settings);
      seed(installation);
      const { appliance } = installation;
      appliance.faults.add({ type: 'status', status }, { report: 'SupportSessionRecording', ...always });
      for (const run of [1, 2, 3]) {
        const { code, transfer } = await installation.pull();
        assert.deepEqual([code, transfer.kinds.backups.delivered], [3, 1]);
        assert.equal(appliance.requests.count({ api: 'backup' }), run);
      }
    });
  }

  for (const [report, kind, others] of [
    ['SupportSession', 'sessions', ['presentations', 'backups']],
    ['PresentationSession', 'presentations', ['sessions', 'session-recordings', 'backups']],
  ] as const) {
    for (const [what, fault] of [
      ['is unavailable', { type: 'status', status: 503 }],
      ['is refused', { type: 'status', status: 403 }],
      ['is a page', { type: 'html' }],
    ] as const) {
      test(`a report of ${kind} that ${what} holds back no ${others.join(', ')}`, async (t) => {
        const installation = await install(t, settings);
        seed(installation);
        installation.appliance.faults.add(fault, { report, ...always });
        const { code, transfer } = await installation.pull();
        assert.equal(code, 3);
        assert.match(transfer.error.message, new RegExp(report));
        for (const other of others) assert.ok(transfer.kinds[other].delivered > 0, other);
        assert.equal(transfer.kinds[kind].delivered, 0);
      });
    }
  }

  test('the first error is told in the result, and later ones in the log', async (t) => {
    const installation = await install(t, settings);
    seed(installation);
    const { faults } = installation.appliance;
    faults.add({ type: 'status', status: 403 }, { report: 'SupportSession', ...always });
    faults.add({ type: 'html' }, { report: 'PresentationSession', ...always });
    const { transfer, stderr } = await installation.pull();
    assert.match(transfer.error.message, /SupportSession/);
    assert.match(stderr, /report of presentations failed, too.*PresentationSession/);
  });
});

for (const [what, reply] of [
  ['a token of unknown type', Buffer.from([0x07, 0, 0])],
  ['a challenge that is too short', Buffer.from([0xed, 4, 0, 1, 2, 3, 4])],
  ['a row that nobody asked for', Buffer.from([0xd1])],
] as const) {
  test(`a database that answers with ${what} fails its transfer, and the one beside it is whole`, async (t) => {
    await using server = await startTdsServer();
    server.plan({ step: 'login', fault: { reply }, time: 'always' });
    const installation = await install(t, {
      transfer: 'data = sessions',
      more: [
        `[destination.warehouse]\ntype = sql-server\nconnection_string = ${server.connectionString}`,
        '[transfer.sick]\nsite = hq\ndestination = warehouse\ndata = sessions',
      ].join('\n'),
    });
    seed(installation);
    const { code, document } = await installation.pull();
    const [healthy, sick] = document.transfers;
    assert.deepEqual([code, healthy.status, healthy.kinds.sessions.delivered], [3, 'ok', 12]);
    assert.deepEqual([sick.status, sick.error.code, sick.error.exit_code], ['failed', 'unreachable', 69]);
    assert.match(sick.error.message, /what the driver cannot read/);
    const alone = await installation.pull(['sick']);
    assert.equal(alone.code, 69);
  });
}

describe('a record that', () => {
  const longText = (length: number) => 'x'.repeat(length);

  test('is longer than max_record is refused and owed, the others come, and a larger limit lets it in', async (t) => {
    const installation = await install(t, { site: 'max_record = 50kB' });
    const { appliance } = installation;
    const now = appliance.clock.seconds();
    const event = { time: now - 15 * minute, type: 'Chat Message', body: longText(100_000) };
    for (let index = 1; index <= 4; index += 1) {
      const endTime = now - 10 * minute - index;
      const events = index === 2 ? [anEvent(event)] : [];
      appliance.sessions.add(aSession({ startTime: endTime - minute, endTime, events }));
    }
    const first = await installation.pull();
    assert.deepEqual(
      [first.code, first.sessions.delivered, first.sessions.failed, first.sessions.owed],
      [3, 3, 1, 1],
    );
    assert.match(first.stderr, /more than a record may have.*max_record/);
    appliance.clock.advance(10 * minute * 1000);
    const again = await installation.pull();
    assert.deepEqual([again.code, again.sessions.delivered, again.sessions.owed], [3, 0, 1]);
    await writeFile(
      installation.ini,
      (await readFile(installation.ini, 'utf8')).replace('max_record = 50kB', 'max_record = 1MB'),
    );
    appliance.clock.advance(day * 1000);
    const raised = await installation.pull();
    assert.deepEqual([raised.code, raised.sessions.delivered, raised.sessions.owed], [0, 1, 0]);
  });

  test('cannot be stored is reported ten times, and then counted', async (t) => {
    const installation = await install(t);
    const body = `<session_list>${'<session/>'.repeat(5_000)}</session_list>`;
    installation.appliance.faults.add({ type: 'body', body }, { report: 'SupportSession' });
    const { code, stderr, sessions } = await installation.pull();
    assert.deepEqual([code, sessions.failed], [3, 5_000]);
    assert.equal(stderr.match(/record that cannot be stored/g)?.length, 10);
    assert.match(stderr, /4990 more records cannot be stored/);
    const log = await readFile(join(installation.directory, 'ic.log'), 'utf8');
    assert.equal(log.match(/record that cannot be stored/g)?.length, 10);
  });

  test('is no XML is owed as a gap, all others come, and it is asked for until it can be read', async (t) => {
    const installation = await install(t);
    const { appliance } = installation;
    const now = appliance.clock.seconds();
    const broken = { name: '1', attributes: {}, text: '' };
    const session = (index: number, unknown: readonly (typeof broken)[] = []) => {
      const endTime = now - hour - index * 97;
      return aSession({ lsid: lsidFor(`session ${index}`), startTime: endTime - minute, endTime, unknown });
    };
    for (let index = 0; index < 23; index += 1)
      appliance.sessions.add(session(index, index === 17 ? [broken] : []));
    const first = await installation.pull();
    assert.deepEqual([first.code, first.sessions.delivered, first.transfer.status], [3, 22, 'partial']);
    assert.ok(first.sessions.owed > 0 && first.sessions.failed > 0);
    assert.match(
      first.stderr,
      /report of what ended from \S+ to \S+ cannot be read, and is owed: .*byte \d+/,
    );

    const reports = appliance.requests.count({ report: 'SupportSession' });
    const soon = await installation.pull();
    assert.deepEqual([soon.code, soon.sessions.delivered], [3, 0]);
    assert.match(soon.stderr, /unreadable by end .* is owed since/);
    const asked = appliance.requests.count({ report: 'SupportSession' }) - reports;
    assert.ok(asked < 10, `${asked} requests while the gap is not due`);

    appliance.clock.advance(10 * minute * 1000);
    const due = await installation.pull();
    assert.deepEqual([due.code, due.sessions.delivered], [3, 0]);

    appliance.sessions.add(session(17));
    appliance.clock.advance(hour * 1000);
    const mended = await installation.pull();
    assert.deepEqual([mended.code, mended.sessions.delivered, mended.sessions.owed], [0, 1, 0]);
    const archived = (await readdir(installation.archive)).filter((name) => name.endsWith('.xml'));
    assert.equal(archived.length, 23);
  });

  test('is no XML in place of the whole list fails the report, and is not looked for second by second', async (t) => {
    const installation = await install(t);
    const { appliance } = installation;
    const body = '<session_list><session lsid="a"><1/></session></session_list>';
    appliance.faults.add({ type: 'body', body }, { report: 'SupportSession', ...always });
    const { code, transfer } = await installation.pull();
    assert.deepEqual([code, transfer.error.code], [76, 'not-understood']);
    assert.ok(appliance.requests.count({ report: 'SupportSession' }) < 200);
  });
});
