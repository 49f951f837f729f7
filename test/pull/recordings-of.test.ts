import assert from 'node:assert/strict';
import { test } from 'node:test';
import { recordingsOfSession } from '../../src/pull/recordings-of.ts';
import { parseReport } from '../../src/sessions/parse.ts';

interface Shell {
  readonly instance?: number;
  readonly url?: string;
}

const element = ({ instance, url = '' }: Shell) =>
  `<command_shell_recording${instance === undefined ? '' : ` instance="${instance}"`}>` +
  `<download_url>${url}</download_url></command_shell_recording>`;

const event = ({ instance, url }: Shell) =>
  '<event event_type="Command Shell Session Started"><data>' +
  `${instance === undefined ? '' : `<value name="instance" value="${instance}"/>`}` +
  `${url === undefined ? '' : `<value name="download_url" value="${url}"/>`}</data></event>`;

/** The links of the shells of a session, by instance. */
async function shellsOf(listed: readonly Shell[], events: readonly Shell[]) {
  const document =
    '<session_list><session lsid="a">' +
    `<command_shell_recordings>${listed.map(element).join('')}</command_shell_recordings>` +
    `<session_details>${events.map(event).join('')}</session_details></session></session_list>`;
  for await (const item of parseReport([Buffer.from(document)], 'sessions')) {
    assert.equal(item.type, 'record');
    const shells = recordingsOfSession(item.record.record);
    assert.equal(new Set(shells.map(({ instance }) => instance)).size, shells.length);
    return Object.fromEntries(shells.map(({ instance, url }) => [instance, url]));
  }
  return assert.fail('no session');
}

const cases: readonly (readonly [string, readonly Shell[], readonly Shell[], object])[] = [
  ['none', [], [], {}],
  ['those that the list numbers', [{ instance: 3, url: 'a' }, { instance: 1 }], [], { 1: null, 3: 'a' }],
  ['those that have no numbers, in their order', [{ url: 'a' }, { url: 'b' }], [], { 0: 'a', 1: 'b' }],
  [
    'one without a number beside one that has its place',
    [{ instance: 1, url: 'a' }, { url: 'b' }],
    [],
    { 0: 'b', 1: 'a' },
  ],
  [
    'one without a number before one that has its place',
    [{ url: 'a' }, { instance: 0, url: 'b' }],
    [],
    { 0: 'b', 1: 'a' },
  ],
  [
    'two that have one number and two links',
    [
      { instance: 0, url: 'a' },
      { instance: 0, url: 'b' },
      { instance: 1, url: 'c' },
    ],
    [],
    { 0: 'a', 1: 'c', 2: 'b' },
  ],
  [
    'one that is listed twice, once',
    [{ instance: 0 }, { instance: 0, url: 'a' }, { instance: 0, url: 'a' }],
    [],
    { 0: 'a' },
  ],
  [
    'those that events alone number, too',
    [{ instance: 0, url: 'a' }],
    [{ instance: 0, url: 'b' }, { instance: 1, url: 'c' }, { url: 'd' }],
    { 0: 'a', 1: 'c' },
  ],
  ['without a list, those that events tell of', [], [{ instance: 1 }, { url: 'b' }, {}], { 0: 'b', 1: null }],
];

for (const [name, listed, events, expected] of cases) {
  test(`expected of the recordings of a session: ${name}`, async () => {
    assert.deepEqual(await shellsOf(listed, events), expected);
  });
}
