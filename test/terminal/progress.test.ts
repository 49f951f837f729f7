import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createProgress } from '../../src/terminal/progress.ts';
import { ProgressState } from '../../src/terminal/progress-state.ts';
import { fastClock } from '../support/fast-clock.ts';
import { recordedStream } from '../support/recorded-stream.ts';

test('what is shown adds up to the byte: items, files, bytes, rate and time left', async () => {
  const clock = fastClock();
  const state = new ProgressState(() => clock.monotonic());
  state.phase('hq', 'sessions of 2026-11-21');
  state.items('hq', 'sessions', 1203);
  state.items('hq', 'sessions', 1);
  state.items('hq', 'backups', 1);
  assert.deepEqual(state.lines(), ['hq: sessions of 2026-11-21, 1,204 sessions, 1 backup']);
  state.expectFiles('hq', 3);
  state.expectFiles('hq', 1);
  const first = state.beginFile('hq');
  for (let second = 0; second < 4; second += 1) {
    await clock.sleep(1000);
    first.bytes(1_000_000);
  }
  first.done();
  assert.deepEqual(state.lines(), [
    'hq: sessions of 2026-11-21, 1,204 sessions, 1 backup, 1 of 4 files, 4.0 MB of about 16.0 MB, 1.0 MB/s, 12 s left',
  ]);
});

test('on a narrow terminal a line gives up what matters least, and never the files and the time left', async () => {
  const clock = fastClock();
  const state = new ProgressState(() => clock.monotonic());
  const lineOf = (width: number) => state.lines(width).join();
  state.phase('hq-to-archive', 'recordings');
  state.items('hq-to-archive', 'sessions', 12);
  assert.equal(lineOf(38), 'hq-to-archive: recordings, 12 sessions');
  assert.equal(lineOf(30), 'hq-to-archive: recordings');
  assert.equal(lineOf(20), 'hq-to-a…: recordings');
  state.expectFiles('hq-to-archive', 12);
  for (let file = 0; file < 4; file += 1) {
    const { bytes, done } = state.beginFile('hq-to-archive');
    await clock.sleep(2000);
    bytes(5_000_000);
    done();
  }
  for (const [width, line] of [
    [
      Number.POSITIVE_INFINITY,
      'recordings, 12 sessions, 4 of 12 files, 20.0 MB of about 60.0 MB, 2.5 MB/s, 16 s left',
    ],
    [90, 'recordings, 4 of 12 files, 20.0 MB of about 60.0 MB, 2.5 MB/s, 16 s left'],
    [77, '4 of 12 files, 20.0 MB of about 60.0 MB, 2.5 MB/s, 16 s left'],
    [60, '4 of 12 files, 20.0 MB, 2.5 MB/s, 16 s left'],
    [50, '4 of 12 files, 20.0 MB, 16 s left'],
    [40, '4 of 12 files, 16 s left'],
  ] as const)
    assert.equal(lineOf(width), `hq-to-archive: ${line}`);
  assert.equal(lineOf(37), 'hq-to-arch…: 4 of 12 files, 16 s left');
});

test('while the first file comes, its announced length tells the total and the time left', async () => {
  const clock = fastClock();
  const state = new ProgressState(() => clock.monotonic());
  state.expectFiles('hq', 1);
  const file = state.beginFile('hq');
  file.announce(10_000_000);
  await clock.sleep(1000);
  file.bytes(2_000_000);
  assert.deepEqual(state.lines(), ['hq: 0 of 1 file, 2.0 MB of 10.0 MB, 2.0 MB/s, 4 s left']);
  file.bytes(8_000_000);
  file.done();
  assert.deepEqual(state.lines(), ['hq: 1 of 1 file, 10.0 MB, 10.0 MB/s']);
});

test('nothing is promised of files whose length nobody says', async () => {
  const clock = fastClock();
  const state = new ProgressState(() => clock.monotonic());
  state.expectFiles('hq', 2);
  const file = state.beginFile('hq');
  await clock.sleep(1000);
  file.bytes(2_000_000);
  assert.deepEqual(state.lines(), ['hq: 0 of 2 files, 2.0 MB, 2.0 MB/s']);
});

test('the rate is that of the last seconds, not that of the whole run', async () => {
  const clock = fastClock();
  const state = new ProgressState(() => clock.monotonic());
  const file = state.beginFile('hq');
  for (let second = 0; second < 60; second += 1) {
    file.bytes(second < 30 ? 9_000_000 : 1_000_000);
    await clock.sleep(1000);
    state.lines();
  }
  assert.match(state.lines().join(), /300\.0 MB, 1\.0 MB\/s/);
});

test('transfers are told apart, and one that is done is shown no more; names are data', () => {
  const state = new ProgressState(() => 0);
  state.phase('a\u001b[2J', 'sign in');
  state.phase('b', 'backup');
  assert.deepEqual(state.lines(), ['a\\u001b[2J: sign in', 'b: backup']);
  state.done('a\u001b[2J');
  assert.deepEqual(state.lines(), ['b: backup']);
});

test('where there is no terminal: a line every half minute, none if the run is shorter', async () => {
  const clock = fastClock();
  const error = recordedStream();
  const progress = createProgress({ error, clock, quiet: false });
  progress.expectFiles('hq', 100);
  progress.items('branch', 'sessions', 2);
  const file = progress.beginFile('hq');
  for (let second = 1; second <= 95; second += 1) {
    await clock.sleep(1000);
    file.bytes(1000);
    if (second === 29) assert.equal(error.text, '');
  }
  progress.stop();
  await clock.sleep(60_000);
  file.bytes(1000);
  assert.deepEqual(error.lines, [
    'ic: hq: 0 of 100 files, 30.0 kB, 1.0 kB/s; branch: 2 sessions',
    'ic: hq: 0 of 100 files, 60.0 kB, 1.0 kB/s; branch: 2 sessions',
    'ic: hq: 0 of 100 files, 90.0 kB, 1.0 kB/s; branch: 2 sessions',
  ]);
});

for (const isTerminal of [true, false]) {
  test(`--quiet shows nothing, ${isTerminal ? 'on a terminal' : 'elsewhere'}`, async () => {
    const clock = fastClock();
    const error = recordedStream({ isTerminal });
    const progress = createProgress({ error, clock, quiet: true });
    const file = progress.beginFile('hq');
    file.bytes(1);
    await clock.sleep(60_000);
    file.bytes(1);
    progress.stop();
    assert.equal(error.text, '');
  });
}

test('a run that is over at once leaves nothing on a terminal', () => {
  const error = recordedStream({ isTerminal: true });
  const progress = createProgress({ error, clock: fastClock(), quiet: false });
  progress.phase('hq', 'sessions');
  progress.stop();
  progress.stop();
  assert.equal(error.text, '');
});
