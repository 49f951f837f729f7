import assert from 'node:assert/strict';
import { isUtf8 } from 'node:buffer';
import { describe, it } from 'node:test';
import { startAppliance } from './appliance.ts';
import { type Asked, askReport, begin, signedIn } from './ask.ts';
import { presentationPaths, sessionPaths } from './documented-paths.ts';
import { media } from './media.ts';
import { lazySessions, seedPresentations, seedSessions } from './seed.ts';
import { type Namespace, reportingNamespaces } from './settings.ts';
import type { EventSpec, SessionSpec } from './spec.ts';
import { aSession, plainStyle } from './specimens.ts';
import { child, childrenOf, type Node, parseTree, pathsOf } from './tree.ts';

const noon = Date.parse('2026-11-22T12:00:00Z');
const to = noon / 1000;
const from = to - 30 * 86_400;
const clock = { now: noon, frozen: true };

async function reportOf(
  sessions: readonly SessionSpec[],
  reports: { readonly namespace?: Namespace; readonly prefix?: string } = {},
): Promise<Asked> {
  await using appliance = await startAppliance({ clock, reports });
  appliance.sessions.addAll(sessions);
  return await askReport(appliance, { generate_report: 'SupportSession', start_time: 0, duration: 0 });
}

/** What a reader makes of one event, to compare it with its description. */
function readEvent(event: Node): Partial<Record<keyof EventSpec, unknown>> {
  const encoded = child(event, 'encoded_body');
  return {
    time: Number(event.attributes.timestamp),
    type: event.attributes.event_type,
    body: encoded ? Buffer.from(encoded.text, 'base64').toString() : (child(event, 'body')?.text ?? null),
    data: childrenOf(child(event, 'data'), 'value').map(({ attributes }) => ({ ...attributes })),
    filename: child(event, 'filename')?.text ?? null,
    files: childrenOf(child(event, 'files'), 'file').map((file) => child(file, 'filename')?.text),
    systemInformation: childrenOf(child(event, 'system_information'), 'category').map((category) => ({
      name: category.attributes.name,
      rows: childrenOf(child(category, 'data'), 'row').map((row) => row.children.map(({ text }) => text)),
    })),
  };
}

function describeEvent(event: EventSpec): Partial<Record<keyof EventSpec, unknown>> {
  const { time, type, body, filename } = event;
  return {
    time,
    type,
    body,
    data: event.data ?? [],
    filename,
    files: event.files?.map((file) => file.filename) ?? [],
    systemInformation: event.systemInformation?.map(({ name, rows }) => ({ name, rows })) ?? [],
  };
}

function readSession(session: Node): Readonly<Record<string, unknown>> {
  const time = (name: string): number | null => {
    const timestamp = child(session, name)?.attributes.timestamp;
    return timestamp === undefined ? null : Number(timestamp);
  };
  const end = child(session, 'end_time');
  return {
    lsid: session.attributes.lsid,
    lseq: child(session, 'lseq')?.text ?? null,
    startTime: time('start_time'),
    endTime: time('end_time'),
    instant: end?.text ? Date.parse(end.text) / 1000 : null,
    externalKey: child(session, 'external_key')?.text ?? null,
    primaryRep: child(session, 'primary_rep')?.text ?? null,
    attributes: childrenOf(child(session, 'custom_attributes'), 'custom_attribute').map(({ text }) => text),
    customers: childrenOf(child(session, 'customer_list'), 'customer').map(
      (who) => child(who, 'public_ip')?.text,
    ),
    reps: childrenOf(child(session, 'rep_list'), 'representative').map(
      (who) => child(who, 'display_name')?.text,
    ),
    shells: childrenOf(child(session, 'command_shell_recordings'), 'command_shell_recording').length,
    events: childrenOf(child(session, 'session_details'), 'event').map(readEvent),
  };
}

function describeSession(session: SessionSpec): Readonly<Record<string, unknown>> {
  return {
    lsid: session.lsid,
    lseq: session.lseq,
    startTime: session.startTime,
    endTime: session.endTime,
    instant: session.endTime,
    externalKey: session.externalKey,
    primaryRep: session.primaryRep?.name ?? null,
    attributes: session.customAttributes?.map(({ value }) => value) ?? [],
    customers: session.customers?.map(({ publicIp }) => publicIp) ?? [],
    reps: session.representatives?.map(({ displayName }) => displayName) ?? [],
    shells: session.commandShellRecordings.length,
    events: session.events.map(describeEvent),
  };
}

describe('a report of seeded sessions', () => {
  for (const namespace of Object.keys(reportingNamespaces) as Namespace[]) {
    for (const prefix of [undefined, 'bt']) {
      it(`says what the descriptions say: namespace ${namespace}, prefix ${prefix ?? 'none'}`, async () => {
        const sessions = seedSessions({ seed: 3, count: 100, from, to });
        const { text, body } = await reportOf(sessions, { namespace, ...(prefix && { prefix }) });
        assert.ok(isUtf8(body));
        const root = parseTree(text);
        assert.deepEqual([root.name, root.uri], ['session_list', reportingNamespaces[namespace] ?? '']);
        assert.deepEqual(root.children.map(readSession), sessions.map(describeSession));
      });
    }
  }

  it('has every element and attribute of the documented shape', async () => {
    const { text } = await reportOf(seedSessions({ count: 300, from, to }));
    const found = new Set(
      parseTree(text).children.flatMap((session) => [...pathsOf({ ...session, children: [session] })]),
    );
    const missing = sessionPaths.filter(
      (path) => !found.has(`session/${path}`) && !found.has(`session${path}`),
    );
    assert.deepEqual(missing, []);
  });

  it('has every element and attribute that presentations are assumed to have', async () => {
    await using appliance = await startAppliance({ clock });
    appliance.presentations.addAll(seedPresentations({ count: 100, from, to }));
    const form = { generate_report: 'PresentationSession', start_time: 0, duration: 0 };
    const root = parseTree((await askReport(appliance, form)).text);
    const found = new Set(
      root.children.flatMap((record) => [...pathsOf({ ...record, children: [{ ...record, name: 'p' }] })]),
    );
    assert.deepEqual(
      presentationPaths.filter((path) => !found.has(`p/${path}`) && !found.has(`p${path}`)),
      [],
    );
  });
});

describe('seeded sessions', () => {
  const options = { seed: 7, count: 300, from, to };
  const sessions = seedSessions(options);
  const some = (test: (session: SessionSpec) => boolean): boolean => sessions.some(test);
  const texts = (session: SessionSpec): string => JSON.stringify(session);

  it('are the same for the same options, made at once or one by one, and others for another seed', () => {
    assert.deepEqual(seedSessions(options), sessions);
    assert.deepEqual(
      Array.from(lazySessions(options), (record) => record.make()),
      sessions,
    );
    assert.notEqual(seedSessions({ ...options, seed: 8 })[0]?.lsid, sessions[0]?.lsid);
  });

  it('have ids of their own, and end within the bounds', () => {
    assert.equal(new Set(sessions.map(({ lsid }) => lsid)).size, sessions.length);
    for (const { endTime } of sessions) if (endTime !== null) assert.ok(endTime >= from && endTime < to);
  });

  const varieties: Readonly<Record<string, (session: SessionSpec) => boolean>> = {
    'in progress': ({ endTime, startTime }) => endTime === null && to - startTime < 5 * 3600,
    'without an end, long ago': ({ endTime, startTime }) => endTime === null && to - startTime > 2 * 86_400,
    'of more than a day': ({ endTime, startTime }) => endTime !== null && endTime - startTime > 86_400,
    'of no time at all': ({ endTime, startTime }) => endTime === startTime,
    'nobody took': ({ representatives }) => representatives?.length === 0,
    'several representatives': ({ representatives }) => (representatives?.length ?? 0) > 1,
    'no customers': ({ customers }) => customers === null,
    'IPv6 with a port': ({ customers }) =>
      customers?.some(({ publicIp }) => /^\[.*\]:\d+$/.test(publicIp ?? '')) ?? false,
    'an unknown address': ({ customers }) => customers?.[0]?.privateIp === 'Unknown',
    'jump group -1': ({ jumpGroup }) => jumpGroup?.id === '-1',
    'personal jump group': ({ jumpGroup }) => jumpGroup?.type === 'personal',
    'jump group without id': ({ jumpGroup }) => jumpGroup !== null && jumpGroup.id === null,
    'jumpoint -1': ({ jumpoint }) => jumpoint?.id === '-1',
    'no custom attributes element': ({ customAttributes }) => customAttributes === null,
    'an empty custom attributes element': ({ customAttributes }) => customAttributes?.length === 0,
    'several shells': ({ commandShellRecordings }) => commandShellRecordings.length > 1,
    'several show my screen': ({ showMyScreenRecordings }) => showMyScreenRecordings.length > 1,
    'a recording': ({ recording }) => recording !== null,
    'no chat': ({ chat }) => !chat,
    surveys: ({ customerSurveys }) => customerSurveys !== null,
    'an unknown element': ({ unknown }) => unknown.length > 0,
    'thousands of rows of system information': ({ events }) =>
      events.some(({ systemInformation }) => systemInformation?.some(({ rows }) => rows.length >= 2000)),
    'control characters in a body': ({ events }) => events.some(({ body }) => body?.includes('\u001b')),
    'files shared': ({ events }) => events.some(({ files }) => files !== null),
    'registry events': ({ events }) => events.some(({ type }) => type.startsWith('Registry')),
    'times in another zone': ({ style }) => style.offsetMinutes !== 0,
    'CJK text': (session) => /\p{Script=Han}/u.test(texts(session)),
    'right-to-left text': (session) => /\p{Script=Arabic}|\p{Script=Hebrew}/u.test(texts(session)),
    'Cyrillic text': (session) => /\p{Script=Cyrillic}/u.test(texts(session)),
    emoji: (session) => /\p{Extended_Pictographic}/u.test(texts(session)),
    'zero-width characters': (session) => texts(session).includes('\u200b'),
  };
  for (const [name, test] of Object.entries(varieties)) {
    it(`have some with: ${name}`, () => assert.ok(some(test)));
  }

  it('have many that end in one second, and equal LSEQs', () => {
    const ends = Map.groupBy(sessions, ({ endTime }) => endTime ?? Number.NaN);
    ends.delete(Number.NaN);
    assert.ok(Math.max(...Array.from(ends.values(), ({ length }) => length)) >= 10);
    assert.ok(new Set(sessions.map(({ lseq }) => lseq)).size < sessions.length);
  });
});

describe('damage in a report', () => {
  const options = { count: 40, from, to };

  it('is characters that XML forbids, when wanted', async () => {
    const { text } = await reportOf(seedSessions({ ...options, forbiddenCharacters: true }));
    assert.match(text, /value="title \u0001\u001b\u0008!"/);
    assert.throws(() => parseTree(text));
  });

  it('is bytes that are no UTF-8, when wanted', async () => {
    const { body } = await reportOf(seedSessions({ ...options, brokenUtf8: true }));
    assert.ok(!isUtf8(body));
    assert.ok(body.includes(Buffer.from([0x74, 0x69, 0x74, 0x6c, 0x65, 0x20, 0xff, 0xe4, 0x21])));
  });

  it('is a session without its lsid, when wanted', async () => {
    const session = aSession({ startTime: to - 900, style: { ...plainStyle, omitLsid: true } });
    assert.match((await reportOf([session])).text, /<session>/);
  });
});

describe('a report of a gigabyte', () => {
  it('is made no faster than it is read', async () => {
    await using appliance = await startAppliance({ clock });
    appliance.sessions.addLazy(lazySessions({ count: 40_000, from, to, bytes: 25_000 }));
    const form = { generate_report: 'SupportSession', end_time: from, duration: 0 };
    const message = await begin(appliance, '/api/reporting', { headers: signedIn(appliance), form });
    let read = 0;
    for await (const chunk of message as AsyncIterable<Buffer>) {
      read += chunk.length;
      if (read > 2_000_000) break;
    }
    const request = await appliance.requests.nth(1);
    await request.finished;
    assert.ok(request.bytes < 50_000_000, `${request.bytes} bytes were pushed`);
  });

  it('can be padded to any size', async () => {
    const { body } = await reportOf(
      seedSessions({ count: 10, from, to, bytes: 100_000, open: 0, abnormal: 0 }),
    );
    assert.ok(body.length > 900_000 && body.length < 1_500_000, `${body.length}`);
  });
});

describe('a session that is added with little', () => {
  it('is whole, and keeps what was said', () => {
    const session = aSession({ startTime: 1000, recording: media() });
    assert.equal(session.endTime, 1600);
    assert.match(session.lsid, /^[0-9a-f]{32}$/);
    assert.deepEqual(
      session.events.map(({ type }) => type),
      ['Session Start', 'Session End'],
    );
  });
});
