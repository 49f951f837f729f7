import assert from 'node:assert/strict';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { startAppliance } from '../appliance/appliance.ts';
import { siteSection } from '../appliance/ini.ts';
import { day, hour, install, type Json, minute } from '../support/installation.ts';
import { addEnded, addOpen, edit, heldIn, loseState } from '../support/upheavals.ts';

const both = 'data = sessions, session-recordings';

const destinations = [
  { name: 'an archive', into: 'archive', more: '' },
  { name: 'a database', into: 'database', more: '[destination.database]\ntype = sqlite\npath = sessions.db' },
] as const;

for (const { name, into, more } of destinations) {
  describe(`a stream into ${name} outlives`, { concurrency: 3 }, () => {
    const renames: Record<string, readonly (readonly [string, string])[]> = {
      'its transfer’s name': [['[transfer.t]', '[transfer.u]']],
      'its site’s name': [
        ['[site.hq]', '[site.office]'],
        ['site = hq', 'site = office'],
      ],
      'its destination’s name': [
        [`[destination.${into}]`, '[destination.store]'],
        [`destination = ${into}`, 'destination = store'],
      ],
      'all of its names at once': [
        ['[transfer.t]', '[transfer.u]'],
        ['[site.hq]', '[site.office]'],
        ['site = hq', 'site = office'],
        [`[destination.${into}]`, '[destination.store]'],
        [`destination = ${into}`, 'destination = store'],
      ],
    };
    for (const [what, changes] of Object.entries(renames)) {
      test(`${what}: it goes on where it was, and says so`, async (t) => {
        const installation = await install(t, { transfer: 'start = 1d', into, more });
        const { appliance, ic, json, pull } = installation;
        addEnded(installation, 2 * hour);
        const open = addOpen(installation, 3 * hour);
        await pull();
        const watermark = await installation.watermark();
        await edit(installation, ...changes);
        appliance.requests.clear();
        const again = await pull();
        assert.deepEqual([again.code, again.sessions.delivered], [0, 0], again.stderr);
        assert.match(again.stderr, /goes on where/);
        assert.equal(appliance.requests.count({ where: ({ parameters }) => 'end_time' in parameters }), 1);
        assert.ok(((await installation.watermark()) ?? 0) >= (watermark ?? Infinity));
        const { document } = await json(['state', 'show']);
        assert.equal(document.transfers.length, 1);
        assert.equal(document.transfers[0].kinds.sessions.open[0].lsid, open);
        const quiet = await pull();
        assert.doesNotMatch(quiet.stderr, /goes on where/);
        addEnded(installation, hour);
        await loseState(installation);
        const rebuilt = await pull();
        assert.deepEqual([rebuilt.code, rebuilt.sessions.delivered], [0, 1], rebuilt.stderr);
        assert.match(rebuilt.stderr, /sessions goes on from there/);
        const store = changes.some(([, to]) => to.includes('store')) ? 'store' : into;
        assert.equal((await ic(['verify', store])).code, 0);
      });
    }

    test('its site’s host: it goes on where it was, and says so', async (t) => {
      const installation = await install(t, { transfer: 'start = 1d', into, more });
      const { appliance, pull } = installation;
      addEnded(installation, 2 * hour);
      await pull();
      const [, port] = appliance.host.split(':');
      await edit(installation, [appliance.host, `localhost:${port}`]);
      const { code, stderr } = await pull();
      assert.equal(code, 0, stderr);
      assert.match(stderr, /Site hq has another host, localhost:\d+ instead of 127/);
      assert.doesNotMatch((await pull()).stderr, /another host/);
    });
  });
}

describe('debts', { concurrency: 3 }, () => {
  for (const [what, changes] of [
    ['the transfer', [['[transfer.t]', '[transfer.u]']]],
    [
      'the site',
      [
        ['[site.hq]', '[site.office]'],
        ['site = hq', 'site = office'],
      ],
    ],
    [
      'the destination',
      [
        ['[destination.archive]', '[destination.store]'],
        ['destination = archive', 'destination = store'],
      ],
    ],
  ] as const) {
    test(`survive a new name of ${what}, though its start no longer reaches back to them`, async (t) => {
      const installation = await install(t, { transfer: `${both}\nstart = 5d` });
      const { appliance, archive, pull } = installation;
      const lsid = addEnded(installation, 4 * day);
      appliance.recordings.configure({ state: 'never' });
      assert.equal((await pull()).transfer.kinds['session-recordings'].owed, 1);
      await edit(installation, ...changes, ['start = 5d', 'start = 1d']);
      appliance.recordings.configure({ state: 'ready' });
      appliance.clock.advance(10 * minute * 1000);
      const { code, transfer } = await pull();
      assert.deepEqual([code, transfer.kinds['session-recordings'].delivered], [0, 1]);
      assert.deepEqual(await heldIn(archive, '.mp4', [lsid]), [lsid]);
    });
  }

  test('survive a run under the new name that fails before it has begun', async (t) => {
    const installation = await install(t, { transfer: `${both}\nstart = 5d\nsweep = 0` });
    const { appliance, pull } = installation;
    addEnded(installation, 4 * day);
    appliance.recordings.configure({ state: 'never' });
    await pull();
    await edit(installation, ['[transfer.t]', '[transfer.u]'], ['start = 5d', 'start = 1d']);
    const secret = appliance.clientSecret;
    await edit(installation, [`client_secret = ${secret}`, 'client_secret = ${file:missing}x']);
    await installation.ic(['pull']);
    await edit(installation, ['client_secret = ${file:missing}x', `client_secret = ${secret}`]);
    appliance.recordings.configure({ state: 'ready' });
    appliance.clock.advance(10 * minute * 1000);
    const { code, transfer } = await pull();
    assert.deepEqual([code, transfer.kinds['session-recordings'].delivered], [0, 1]);
  });
});

describe('what cannot be known is refused', { concurrency: 3 }, () => {
  test('when one transfer has become two: the command that says it goes on', async (t) => {
    const installation = await install(t, { transfer: 'start = 5d' });
    const { ic, json, pull } = installation;
    addEnded(installation, 4 * day);
    await pull();
    await edit(installation, [
      '[transfer.t]',
      '[transfer.u]\nsite = hq\ndestination = archive\ndata = sessions\nstart = 1d\n[transfer.v]',
    ]);
    const refused = await json(['pull']);
    assert.equal(refused.code, 78);
    for (const { error } of refused.document.transfers) {
      assert.equal(error.exit_code, 78);
      assert.match(error.hint, /ic state rename t [uv].*ic state forget t/);
    }
    assert.equal((await ic(['state', 'rename', 't', 'v'])).code, 0);
    const { document, code } = await json(['pull']);
    assert.equal(code, 0);
    assert.deepEqual(
      document.transfers.map(
        (transfer: { kinds: { sessions: { delivered: number } } }) => transfer.kinds.sessions.delivered,
      ),
      [0, 0],
    );
  });

  test('when something is owed and another site has taken the place of the old one', async (t) => {
    const installation = await install(t, { transfer: `${both}\nstart = 5d` });
    const { appliance, archive, ic, ini, pull } = installation;
    const lsid = addEnded(installation, 4 * day);
    appliance.recordings.configure({ state: 'never' });
    await pull();
    const other = await startAppliance();
    t.after(() => other.close());
    const text = await readFile(ini, 'utf8');
    await writeFile(
      ini,
      `${siteSection(other, 'other')}\n${text.slice(text.indexOf('[destination')).replace('site = hq', 'site = other')}`,
    );
    other.requests.clear();
    const refused = await pull();
    assert.equal(refused.code, 78);
    assert.match(
      refused.transfer.error.message,
      /from hq to archive.*1 items? (is|are) owed.*from other to archive/,
    );
    assert.match(refused.transfer.error.hint, /ic state rename hq other.*ic state forget t/);
    assert.equal(other.requests.count({ api: 'reporting' }), 0);
    await writeFile(ini, text);
    appliance.recordings.configure({ state: 'ready' });
    appliance.clock.advance(10 * minute * 1000);
    assert.equal((await pull()).code, 0);
    assert.deepEqual(await heldIn(archive, '.mp4', [lsid]), [lsid]);
    assert.equal((await ic(['state', 'show'])).code, 0);
  });

  test('when a transfer has another name, and its own name is given to a new one', async (t) => {
    const installation = await install(t, { transfer: 'start = 1h' });
    const { ic, json, pull } = installation;
    addEnded(installation, hour / 2);
    await pull();
    const other = '[destination.other]\ntype = file-system\ndirectory = other\n';
    await edit(installation, [
      '[transfer.t]',
      `${other}[transfer.t]\nsite = hq\ndestination = other\ndata = sessions\nstart = 1h\n[transfer.u]`,
    ]);
    const refused = await json(['pull']);
    assert.equal(refused.code, 78);
    for (const { error } of refused.document.transfers) assert.match(error.hint, /ic state rename t u/);
    assert.equal((await ic(['state', 'rename', 't', 'u'])).code, 0);
    const { code, document, stderr } = await json(['pull']);
    assert.equal(code, 0, stderr);
    const delivered = document.transfers.map(({ name, kinds }: Json) => [name, kinds.sessions.delivered]);
    assert.deepEqual(Object.fromEntries(delivered), { t: 1, u: 0 });
  });

  test('when two transfers exchange their names', async (t) => {
    const second =
      '[destination.other]\ntype = file-system\ndirectory = other\n[transfer.u]\nsite = hq\ndestination = other\ndata = sessions\nstart = 1h';
    const installation = await install(t, { transfer: 'start = 1h', more: second });
    const { json } = installation;
    addEnded(installation, hour / 2);
    assert.equal((await json(['pull'])).code, 0);
    const names = [
      ['[transfer.t]', '[transfer.x]'],
      ['[transfer.u]', '[transfer.t]'],
      ['[transfer.x]', '[transfer.u]'],
    ] as const;
    await edit(installation, ...names);
    const refused = await json(['pull']);
    assert.equal(refused.code, 78);
    for (const { error } of refused.document.transfers) assert.match(error.hint, /need them back/);
    await edit(installation, ...names);
    assert.equal((await json(['pull'])).code, 0);
  });

  test('but a site that has another name goes on, though a new site has its old one', async (t) => {
    const installation = await install(t, { transfer: 'start = 1h' });
    const { appliance, ini, pull } = installation;
    addEnded(installation, hour / 2);
    await pull();
    const other = await startAppliance();
    t.after(() => other.close());
    await edit(installation, ['[site.hq]', '[site.main]'], ['site = hq', 'site = main']);
    await writeFile(ini, `${siteSection(other, 'hq')}\n${await readFile(ini, 'utf8')}`);
    appliance.clock.advance(3 * minute * 1000);
    const { code, sessions, stderr } = await pull();
    assert.deepEqual([code, sessions.delivered], [0, 0], stderr);
    assert.match(stderr, /Site hq is called main now: transfer t goes on/);
    assert.equal(other.requests.count(), 0);
  });

  test('but not when nothing is owed: then the transfer begins anew, and says so', async (t) => {
    const installation = await install(t, { transfer: 'start = 5d' });
    const { pull } = installation;
    const old = addEnded(installation, 4 * day);
    await pull();
    await edit(
      installation,
      ['[destination.archive]', '[destination.store]'],
      ['destination = archive', 'destination = store'],
      ['directory = archive', 'directory = store'],
    );
    const { code, sessions, stderr } = await pull();
    assert.deepEqual([code, sessions.delivered], [0, 1]);
    assert.match(stderr, /begins anew/);
    assert.deepEqual(await heldIn(join(installation.directory, 'store'), '.xml', [old]), [old]);
  });
});

describe('a kind', { concurrency: 3 }, () => {
  test('that is added after a pause begins at the start, and the others go on where they were', async (t) => {
    const installation = await install(t, { transfer: 'start = 1h\nsweep = 0' });
    const { appliance, archive, pull } = installation;
    await pull();
    const missed: string[] = [];
    appliance.clock.advance(14 * hour * 1000);
    for (let hours = 2; hours < 14; hours += 2) missed.push(addEnded(installation, hours * hour));
    await edit(installation, ['data = sessions', both]);
    const { code, transfer } = await pull();
    assert.deepEqual([code, transfer.kinds.sessions.delivered], [0, missed.length]);
    assert.deepEqual(await heldIn(archive, '.xml', missed), missed.toSorted());
    appliance.requests.clear();
    await pull();
    assert.equal(
      appliance.requests.count({ api: 'reporting', where: ({ parameters }) => 'end_time' in parameters }),
      1,
    );
  });

  test('that is added is swept for from the start, and the others only as on other days', async (t) => {
    const installation = await install(t, { transfer: 'start = 60d' });
    const { appliance, archive, pull } = installation;
    const ended = addEnded(installation, 30 * day);
    await pull();
    await edit(installation, ['data = sessions', both]);
    appliance.requests.clear();
    assert.equal((await pull()).code, 0);
    assert.deepEqual(await heldIn(archive, '.mp4', [ended]), [ended]);
    const now = appliance.clock.seconds();
    const swept = appliance.requests
      .all()
      .flatMap(({ parameters: { start_time: from } }) => (from === undefined ? [] : [Number(from)]));
    assert.ok(Math.min(...swept) <= now - 60 * day + hour);
    appliance.requests.clear();
    appliance.clock.advance(day * 1000);
    assert.equal((await pull()).code, 0);
    const again = appliance.requests
      .all()
      .flatMap(({ parameters: { start_time: from } }) => (from === undefined ? [] : [Number(from)]));
    assert.equal(
      again.filter((from) => from < now - 6.5 * day).length,
      1,
      'one sweep for both, from then on',
    );
  });

  test('that is removed keeps what it owes, which is said once, and goes on when it is added again', async (t) => {
    const installation = await install(t, { transfer: both });
    const { appliance, archive, pull } = installation;
    const owed = addEnded(installation, 2 * day);
    appliance.recordings.configure({ state: 'never' });
    await pull();
    await edit(installation, [both, 'data = sessions']);
    assert.match((await pull()).stderr, /no longer brings session-recordings.*1 owed/);
    assert.doesNotMatch((await pull()).stderr, /no longer brings/);
    const between = addEnded(installation, hour);
    await pull();
    await edit(installation, ['data = sessions', both], ['start = 5d', 'start = 1h']);
    appliance.recordings.configure({ state: 'ready' });
    appliance.clock.advance(10 * minute * 1000);
    const { code, stderr } = await pull();
    assert.equal(code, 0);
    assert.match(stderr, /brings session-recordings again/);
    assert.deepEqual(await heldIn(archive, '.mp4', [owed, between]), [owed, between].sort());
  });
});

describe('a start', { concurrency: 3 }, () => {
  test('that reaches further back is read from there, and nothing is stored twice', async (t) => {
    const installation = await install(t, { transfer: 'start = 2d' });
    const { appliance, archive, pull } = installation;
    const recent = addEnded(installation, day);
    const early = [20 * day, 40 * day].map((ago) => addEnded(installation, ago));
    const never = addOpen(installation, 30 * day);
    await pull();
    const before = await installation.watermark();
    await edit(installation, ['start = 2d', 'start = 60d']);
    const { code, stderr } = await pull();
    assert.equal(code, 0);
    assert.match(stderr, /start of transfer t reaches further back/);
    const all = [recent, never, ...early].sort();
    assert.deepEqual(await heldIn(archive, '.xml', all), all);
    assert.ok(((await installation.watermark()) ?? 0) >= (before ?? Infinity));
    appliance.requests.clear();
    assert.doesNotMatch((await pull()).stderr, /further back/);
    assert.equal(
      appliance.requests.count({ api: 'reporting', where: ({ parameters }) => 'end_time' in parameters }),
      1,
    );
  });

  for (const [before, after, ago] of [
    ['1h', '20h', 10 * hour],
    ['1d', '2d', 1.5 * day],
    ['30d', '31d', 30.5 * day],
  ] as const) {
    test(`that reaches back ${after} instead of ${before} is read from there`, async (t) => {
      const installation = await install(t, { transfer: `start = ${before}\nsweep = 0` });
      const { appliance, archive, pull } = installation;
      const recent = addEnded(installation, 10 * minute);
      const early = addEnded(installation, ago);
      assert.equal((await pull()).sessions.delivered, 1);
      appliance.clock.advance(20 * minute * 1000);
      await edit(installation, [`start = ${before}`, `start = ${after}`]);
      const { code, stderr } = await pull();
      assert.equal(code, 0);
      assert.match(stderr, /start of transfer t reaches further back/);
      assert.deepEqual(await heldIn(archive, '.xml', [recent, early]), [recent, early].sort());
      assert.doesNotMatch((await pull()).stderr, /further back/);
    });
  }

  test('that reaches less far back changes nothing', async (t) => {
    const installation = await install(t, { transfer: 'start = 60d' });
    const { pull } = installation;
    addEnded(installation, 20 * day);
    await pull();
    await edit(installation, ['start = 60d', 'start = 1d']);
    const { code, sessions, stderr } = await pull();
    assert.deepEqual([code, sessions.delivered], [0, 0]);
    assert.doesNotMatch(stderr, /start of transfer/);
  });
});

describe('ic state rename', { concurrency: 3 }, () => {
  test('has a destination that was replaced while something was owed go on', async (t) => {
    const installation = await install(t, { transfer: `${both}\nstart = 5d` });
    const { appliance, archive, directory, json, pull } = installation;
    addEnded(installation, 4 * day);
    appliance.recordings.configure({ state: 'never' });
    await pull();
    await rename(archive, join(directory, 'new-archive'));
    await edit(
      installation,
      ['[destination.archive]', '[destination.store]'],
      ['destination = archive', 'destination = store'],
      ['directory = archive', 'directory = elsewhere'],
    );
    const refused = await pull();
    assert.equal(refused.code, 78);
    assert.match(refused.transfer.error.hint, /ic state rename archive store/);
    await edit(installation, ['directory = elsewhere', 'directory = new-archive']);
    const renamed = await json(['state', 'rename', 'archive', 'store']);
    assert.deepEqual([renamed.code, renamed.document.command], [0, 'state rename']);
    appliance.recordings.configure({ state: 'ready' });
    appliance.clock.advance(10 * minute * 1000);
    const { code, transfer } = await pull();
    assert.deepEqual([code, transfer.kinds['session-recordings'].delivered], [0, 1]);
  });

  test('says what is wrong with the names', async (t) => {
    const installation = await install(t);
    const { json, pull } = installation;
    addEnded(installation, hour);
    await pull();
    await edit(installation, ['[transfer.t]', '[transfer.archiv]']);
    for (const [names, message] of [
      [['nothing', 'archiv'], /knows no transfer, site or destination "nothing"/],
      [['hq', 'office'], /still has the site hq/],
      [['t', 'archif'], /no transfer "archif".*Is archiv meant/],
      [['t', 'archiv', '--of', 'site'], /knows no site "t"/],
    ] as const) {
      const { code, document } = await json(['state', 'rename', ...names]);
      assert.equal(code, 2);
      assert.match(document.error.message, message);
    }
  });
});
