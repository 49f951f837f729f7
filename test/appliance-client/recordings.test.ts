import assert from 'node:assert/strict';
import { readFile, rm } from 'node:fs/promises';
import { test } from 'node:test';
import { deflateSync, gzipSync } from 'node:zlib';
import type { DownloadedFile, WantedRecording } from '../../src/appliance/appliance.ts';
import { RecordingExpired, RecordingNotReady } from '../../src/appliance/recording-errors.ts';
import type { Site } from '../../src/config/configuration.ts';
import type { Fault } from '../appliance/faults.ts';
import { type MediaSpec, media, mediaBytes } from '../appliance/media.ts';
import type { RecordingBehaviour } from '../appliance/recordings.ts';
import { type Folder, forEver, type Setup, setUp, sha256Of, temporaryFolder, textOf } from './support.ts';

const noon = Date.parse('2026-11-22T12:00:00Z');
const now = noon / 1000;
const lsid = '4b1f0c6a9d8e47f2a35c7710be92d3e8';
const ofSession = { report: 'SupportSessionRecording' } as const;

interface Recorded extends Setup {
  readonly folder: Folder;
  /** Downloads to `path`; the session's recording unless told otherwise. */
  get(wanted?: Partial<WantedRecording>): Promise<DownloadedFile>;
  readonly path: string;
  /** What was reported while it was downloaded. */
  readonly counts: number[];
  link(element: string): Promise<string>;
}

async function recorded(
  recording: Partial<MediaSpec> = {},
  behaviour: Partial<RecordingBehaviour> = {},
  site: Partial<Site> = {},
): Promise<Recorded> {
  const folder = await temporaryFolder();
  const setup = await setUp({ clock: { now: noon, frozen: true } }, site);
  const { simulated, appliance } = setup;
  const ended = { startTime: now - 900, endTime: now - 100 };
  simulated.sessions.add({
    ...ended,
    lsid,
    recording: media({ size: 3_000_000, ...recording }),
    commandShellRecordings: [0, 1].map((instance) => ({
      instance,
      media: media({ format: 'text', seed: 10 + instance }),
    })),
    showMyScreenRecordings: [{ instance: 0, media: media({ format: 'webm', seed: 20 }) }],
  });
  simulated.presentations.add({ ...ended, lsid: 'p', recording: media({ format: 'flv', seed: 30 }) });
  simulated.recordings.configure(behaviour);
  const path = folder.file('recording.part');
  const counts: number[] = [];
  const options = { signal: forEver, onBytes: (count: number) => counts.push(count) };
  const usual: WantedRecording = { kind: 'session-recordings', lsid, instance: 0, format: null, url: null };
  return {
    ...setup,
    folder,
    path,
    counts,
    get: async (wanted) => {
      await rm(path, { force: true });
      return appliance.downloadRecording({ ...usual, ...wanted }, path, options);
    },
    link: async (element) => {
      const report = await appliance.openReport({ report: 'SupportSession', lsids: [lsid] }, forEver);
      const [, url = ''] = new RegExp(`<${element}>([^<]*)`).exec(await textOf(report.bytes)) ?? [];
      return url.replaceAll('&amp;', '&');
    },
    [Symbol.asyncDispose]: async () => {
      await setup[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

const downloadLink = 'session_recording_download_url';

for (const [kind, target, extension] of [
  ['session-recordings', { kind: 'session', lsid, instance: null }, 'mp4'],
  ['command-shell-recordings', { kind: 'shell', lsid, instance: 1 }, 'txt'],
  ['show-my-screen-recordings', { kind: 'sms', lsid, instance: 0 }, 'webm'],
  ['presentation-recordings', { kind: 'presentation', lsid: 'p', instance: null }, 'flv'],
] as const) {
  test(`${kind} come whole, with their hash, and are recognised by their bytes`, async () => {
    await using setup = await recorded({}, { contentType: 'application/x-whatever' });
    const instance = target.instance ?? 0;

    const file = await setup.get({ kind, lsid: target.lsid, instance });

    assert.equal(file.extension, extension);
    assert.equal(file.sha256, setup.simulated.recordingSha256(target));
    assert.equal(await sha256Of(setup.path), file.sha256);
    assert.equal((await readFile(setup.path)).length, file.bytes);
    assert.equal(
      setup.counts.reduce((sum, count) => sum + count),
      file.bytes,
    );
  });
}

for (const size of [256, 1_048_576, 1_048_577, 5_000_000]) {
  test(`a recording of ${size} bytes, with a declared length`, async () => {
    await using setup = await recorded({ size, moov: 'first' }, { contentLength: true });
    const file = await setup.get();
    assert.equal(file.bytes, size);
    assert.equal(await sha256Of(setup.path), file.sha256);
  });
}

test('format and further parameters are asked for, the latter with the last word', async () => {
  const recordingQuery = new Map([
    ['command-shell-recordings', new URLSearchParams('format=raw&shell=%25INSTANCE%25&key=value')],
  ] as const);
  await using setup = await recorded({}, {}, { recordingQuery });
  await setup.get({ kind: 'command-shell-recordings', instance: 1, format: 'm4v' });
  assert.deepEqual(setup.simulated.requests.last({ report: 'CommandShellRecording' })?.parameters, {
    generate_report: 'CommandShellRecording',
    lsid,
    instance: '1',
    format: 'raw',
    shell: '1',
    key: 'value',
  });
});

test('a recording that has expired is gone for good', async () => {
  await using setup = await recorded({}, { state: 'expired' });
  const url = await setup.link(downloadLink);
  await assert.rejects(setup.get({ url }), RecordingExpired);
  assert.equal(setup.simulated.requests.count({ api: 'download' }), 0);
});

test('a recording that is not ready says so in the words of the appliance', async () => {
  await using setup = await recorded({}, { state: 'never' });
  const url = await setup.link(downloadLink);
  await assert.rejects(setup.get({ url }), (error: Error) => {
    assert.ok(error instanceof RecordingNotReady);
    assert.equal(error.message, 'This recording is being processed. Please try again later.');
    return true;
  });
  assert.equal(setup.simulated.requests.count({ api: 'download' }), 0);
});

test('an error that is not known is not ready', async () => {
  await using setup = await recorded({}, { state: { error: 'Codec 7 out of cheese' } });
  await assert.rejects(setup.get(), RecordingNotReady);
});

test('an error packed with gzip is understood', async () => {
  await using setup = await recorded();
  const body = gzipSync('<?xml version="1.0"?>\n<error>This recording has expired.</error>');
  setup.simulated.faults.add({ type: 'body', body, contentType: 'application/gzip' }, ofSession);
  await assert.rejects(setup.get(), RecordingExpired);
});

const inItsPlace: readonly (readonly [string, Fault, string])[] = [
  ['a page', { type: 'html', title: 'Sign in' }, 'not-understood'],
  [
    'a page in UTF-16',
    {
      type: 'body',
      body: Buffer.from('\ufeff<html><title>Sign in</title></html>', 'utf16le'),
      contentType: 'video/mp4',
    },
    'not-understood',
  ],
  ['a page that says Document Not Found', { type: 'html', title: 'Document Not Found' }, 'refused'],
  [
    'a page that claims to be a video',
    { type: 'body', body: '\n <html>', contentType: 'video/mp4' },
    'not-understood',
  ],
  ['JSON', { type: 'json', value: { message: 'No' } }, 'not-understood'],
  ['an empty body', { type: 'empty' }, 'not-understood'],
  ['a sign-in text', { type: 'error', text: 'Login failed' }, 'refused'],
  ['a missing permission', { type: 'error', text: 'Document Not Found' }, 'refused'],
  ['a status 404', { type: 'status', status: 404 }, 'refused'],
  ['a text', { type: 'body', body: 'Please wait', contentType: 'video/mp4' }, 'not-understood'],
  [
    'a text in UTF-16',
    { type: 'body', body: Buffer.from('\ufeffLogin failed', 'utf16le'), contentType: 'video/mp4' },
    'refused',
  ],
  ['nothing, packed', { type: 'body', body: gzipSync(''), contentType: 'video/mp4' }, 'not-understood'],
  [
    'a text, packed',
    { type: 'body', body: gzipSync('Document Not Found'), contentType: 'video/mp4' },
    'refused',
  ],
  [
    'JSON, packed',
    { type: 'body', body: gzipSync('{"state":1}'), contentType: 'application/gzip' },
    'not-understood',
  ],
  ['a reset in the middle', { type: 'reset-body' }, 'unreachable'],
  ['a body that ends early and cleanly', { type: 'truncate' }, 'unreachable'],
  ['a body shorter than declared', { type: 'wrong-length' }, 'unreachable'],
  ['a body longer than declared', { type: 'wrong-length', difference: -100 }, 'unreachable'],
  ['silence in the middle', { type: 'stall', after: 1000 }, 'unreachable'],
];

for (const [name, fault, code] of inItsPlace) {
  test(`${name} in place of a recording is ${code}`, async () => {
    await using setup = await recorded({}, {}, { timeout: 0.5 });
    setup.simulated.faults.add(fault, ofSession);
    await assert.rejects(setup.get(), { code });
  });
}

const unframed = { type: 'close-delimited' } as const;

for (const format of ['mp4', 'flv', 'webm'] as const) {
  test(`${format} that ends with its connection is whole where it proves its end, and else is not`, async () => {
    await using setup = await recorded({ format });
    setup.simulated.faults.add(unframed, { ...ofSession, times: 2 });
    assert.equal((await setup.get()).bytes, 3_000_000);
    setup.simulated.faults.add({ type: 'truncate' }, ofSession);
    await assert.rejects(setup.get(), { code: 'unreachable', cutOff: true, message: /incomplete/ });
  });
}

test('a text that ends with its connection is not whole, though all of it may be there', async () => {
  await using setup = await recorded();
  const shell = { report: 'CommandShellRecording' } as const;
  setup.simulated.faults.add(unframed, shell);
  await assert.rejects(setup.get({ kind: 'command-shell-recordings' }), {
    code: 'unreachable',
    message: /the answer had no length, and a text does not prove its end/,
    hint: /HTTP\/1\.0/,
  });
  assert.equal((await setup.get({ kind: 'command-shell-recordings' })).extension, 'txt');
});

test('binary data of an unknown format that ends with its connection is not whole', async () => {
  await using setup = await recorded();
  const body = Buffer.from('\x00\x01\x02unheard of');
  setup.simulated.faults.add({ type: 'body', body, contentType: 'video/x-new' }, ofSession);
  setup.simulated.faults.add(unframed, ofSession);
  await assert.rejects(setup.get(), { message: /data of an unknown format does not prove its end/ });
});

test('a text that ends with its connection is whole where its length is told', async () => {
  await using setup = await recorded({}, { contentLength: true });
  assert.equal((await setup.get({ kind: 'command-shell-recordings' })).bytes, 4096);
});

test('a format that breaks off is not whole, however its answer ends', async () => {
  for (const contentLength of [false, true]) {
    await using setup = await recorded();
    const whole = Buffer.concat([...mediaBytes(media({ format: 'flv', size: 300_000 }))]);
    const fault = { type: 'body', body: whole.subarray(0, 200_000), contentType: 'video/x-flv' } as const;
    setup.simulated.faults.add(fault, ofSession);
    if (contentLength) setup.simulated.faults.add({ type: 'wrong-length', difference: 0 }, ofSession);
    await assert.rejects(setup.get(), { code: 'unreachable', message: /the FLV is cut off within a tag/ });
  }
});

test('an MP4 without its index is not whole, however it ends', async () => {
  await using setup = await recorded({ moov: 'missing' });
  await assert.rejects(setup.get(), { code: 'unreachable', message: /without index/ });
});

const binary = Buffer.from('\x00\x01\x02unheard of');

async function extensionOf(setup: Recorded, disposition: string): Promise<string> {
  setup.simulated.faults.add({ type: 'body', body: binary, contentType: 'video/x-new' }, ofSession);
  setup.simulated.faults.add({ type: 'header', name: 'Content-Disposition', value: disposition }, ofSession);
  return (await setup.get()).extension;
}

test('binary data of an unknown type has the extension that it came with, if that is one of media or documents', async () => {
  await using setup = await recorded();
  assert.equal(await extensionOf(setup, 'attachment'), 'bin');
  for (const extension of ['mp4', 'mkv', 'ogg', 'wav', 'pdf', 'PNG', 'log']) {
    const kept = await extensionOf(setup, `attachment; filename="a.${extension}"`);
    assert.equal(kept, extension.toLowerCase());
  }
  assert.equal(await extensionOf(setup, "attachment; filename*=UTF-8''a.mpg"), 'mpg');
});

test('binary data of an unknown type has no extension that a system runs, renders or looks up', async () => {
  await using setup = await recorded();
  const dangerous = `exe EXE com bat cmd ps1 js html htm xhtml shtml svg url lnk scf scr hta vbs jse wsf pif cpl reg msi
    dll jar py sh php aspx docm xlsm iso desktop app chm inf mht library`;
  for (const extension of dangerous.split(/\s+/)) {
    assert.equal(await extensionOf(setup, `attachment; filename="a.${extension}"`), 'bin', extension);
  }
  assert.equal(await extensionOf(setup, 'attachment; filename="a.mp4.lnk"'), 'bin');
});

test('the type of a recording is told by what it holds', async () => {
  await using setup = await recorded({}, { contentType: 'text/x-whatever' });
  assert.equal((await setup.get()).mediaType, 'video/mp4');
  assert.equal((await setup.get({ kind: 'command-shell-recordings' })).mediaType, 'text/plain');
});

for (const [name, kind, report] of [
  ['a recording', 'session-recordings', 'SupportSessionRecording'],
  ['a transcript', 'command-shell-recordings', 'CommandShellRecording'],
] as const) {
  test(`blanks without an end are not ${name}, and are not read on`, async () => {
    await using setup = await recorded();
    for (const body of [Buffer.alloc(2_000_000, ' '), gzipSync(Buffer.alloc(100_000_000, '\n'))]) {
      setup.simulated.faults.add({ type: 'body', body, contentType: 'text/plain' }, { report });
      setup.simulated.faults.add({ type: 'stall', after: Math.min(body.length - 1, 1_000_000) }, { report });
      await assert.rejects(setup.get({ kind }), {
        code: 'not-understood',
        message: /with white space/,
      });
    }
  });
}

test('a page behind megabytes of packed blanks is no recording', async () => {
  await using setup = await recorded();
  const body = gzipSync(`${' '.repeat(20_000_000)}${aPage}`);
  setup.simulated.faults.add({ type: 'body', body, contentType: 'video/mp4' }, ofSession);
  await assert.rejects(setup.get(), { code: 'not-understood' });
});

test('the transcript of a shell may speak of permissions', async () => {
  await using setup = await recorded();
  const shell = { report: 'CommandShellRecording' } as const;
  const fault = { type: 'body', body: 'bash: Permission denied\n', contentType: 'text/plain' } as const;
  setup.simulated.faults.add(fault, shell);
  assert.equal((await setup.get({ kind: 'command-shell-recordings' })).extension, 'txt');
  setup.simulated.faults.add({ ...fault, body: 'Invalid credentials', contentType: 'text/html' }, shell);
  await assert.rejects(setup.get({ kind: 'command-shell-recordings' }), { code: 'refused' });
});

const aPage = '<!DOCTYPE html>\n<html><body>Sign in</body></html>\n';

const transcripts = {
  'a prompt': ['root@host:~# id\r\nuid=0(root)\r\n', 'text/plain'],
  'a prompt that is said to be a page': ['C:\\>dir\r\n 0 files\r\n', 'text/html; charset=UTF-8'],
  'a page that somebody looked at': [`$ cat index.html\r\n${aPage}`, 'text/plain'],
  'a page that somebody looked at on Windows': [
    `\r\nC:\\>type index.html\r\n${aPage}`,
    'application/octet-stream',
  ],
  'a page far inside': [`${'total 4\n'.repeat(2000)}${aPage}`, 'text/plain'],
  'words of an error among others': ['login: ic\nLogin failed\n', 'text/plain'],
  'an array': ['[root@host ~]# exit\n', 'text/plain'],
  'what was typed, as JSON': ['{"version":1,"stdout":[]}', 'text/plain'],
  'UTF-16': [Buffer.from('\ufeffPS C:\\> exit\r\n', 'utf16le'), 'text/plain'],
} as const;

for (const [name, [body, contentType]] of Object.entries(transcripts)) {
  test(`the transcript of a shell may be ${name}, packed or not`, async () => {
    await using setup = await recorded();
    const shell = { report: 'CommandShellRecording' } as const;
    setup.simulated.faults.add({ type: 'body', body, contentType }, shell);
    assert.equal((await setup.get({ kind: 'command-shell-recordings' })).extension, 'txt');
    assert.deepEqual(await readFile(setup.path), Buffer.from(body as string));
    setup.simulated.faults.add({ type: 'body', body: gzipSync(body), contentType }, shell);
    assert.equal((await setup.get({ kind: 'command-shell-recordings' })).extension, 'gz');
  });
}

const noTranscripts = {
  'Document Not Found': ['Document Not Found', 'text/plain'],
  'a sign-in text': ['Login failed.\n', 'application/octet-stream'],
  'an expired recording': [
    'This recording has expired and can no longer be viewed or downloaded.',
    'text/plain',
  ],
  'a text that claims to be a page': ['Service unavailable.\nPlease try again later.\n', 'text/html'],
  'a page behind a warning': [`Warning: mysql_connect() failed on line 3\n${aPage}`, 'text/plain'],
  'errors of an API': ['{"errors":[{"code":"unauthorized"}]}', 'text/plain'],
  'an error of an API': [' {"error":{"code":401,"text":"no"}}\n', 'application/octet-stream'],
  'other JSON': ['{"state":1}', 'application/json'],
  blanks: [' \r\n', 'text/plain'],
} as const;

for (const [name, [body, contentType]] of Object.entries(noTranscripts)) {
  test(`${name} is no transcript of a shell, packed or not`, async () => {
    await using setup = await recorded();
    for (const sent of [body, gzipSync(body)]) {
      setup.simulated.faults.add(
        { type: 'body', body: sent, contentType },
        { report: 'CommandShellRecording' },
      );
      await assert.rejects(setup.get({ kind: 'command-shell-recordings' }), {
        code: /^(refused|not-understood)$/,
      });
    }
  });
}

test('a recording that was packed on the way, which was not asked for, is not stored', async () => {
  const encodings = { gzip: gzipSync, deflate: deflateSync };
  for (const [value, pack] of Object.entries(encodings)) {
    await using setup = await recorded();
    const body = pack(Buffer.from('FLV\x01\x05\0\0\0\x09', 'latin1'));
    setup.simulated.faults.add({ type: 'body', body, contentType: 'video/x-flv' }, ofSession);
    setup.simulated.faults.add({ type: 'content-encoding', value }, ofSession);
    await assert.rejects(setup.get(), {
      code: 'not-understood',
      message: new RegExp(`Content-Encoding ${value}`),
    });
  }
});

test('a recording whose encoding is none is what it is', async () => {
  await using setup = await recorded();
  for (const value of ['identity', 'none']) {
    setup.simulated.faults.add({ type: 'content-encoding', value }, ofSession);
    assert.equal((await setup.get()).extension, 'mp4');
  }
});

test('what the API does not serve comes by its link, with the token', async () => {
  await using setup = await recorded({}, { api: false, link: 'bearer' });
  const file = await setup.get({ url: await setup.link(downloadLink) });
  assert.equal(file.sha256, setup.simulated.recordingSha256({ kind: 'session', lsid, instance: null }));
});

test('a link that leads to a sign-in page leaves the answer of the API standing', async () => {
  await using setup = await recorded({}, { api: false, link: 'closed' });
  const url = await setup.link(downloadLink);
  await assert.rejects(setup.get({ url }), { message: 'The requested recording type is not supported.' });
});

test('what the link says in place of the recording counts', async () => {
  await using setup = await recorded();
  setup.simulated.faults.add({ type: 'html' }, ofSession);
  setup.simulated.recordings.configure({ state: 'expired' });
  await assert.rejects(setup.get({ url: await setup.link(downloadLink) }), RecordingExpired);
});

for (const status of [500, 503, 403]) {
  test(`what the API answers with status ${status} comes by its link`, async () => {
    await using setup = await recorded({}, { link: 'bearer' });
    setup.simulated.faults.add({ type: 'status', status }, { ...ofSession, times: 99 });
    const file = await setup.get({ url: await setup.link(downloadLink) });
    assert.equal(file.sha256, setup.simulated.recordingSha256({ kind: 'session', lsid, instance: null }));
  });
}

for (const [name, fault, api] of [
  ['a reset', { type: 'reset' }, ofSession],
  ['too many requests', { type: 'status', status: 429 }, ofSession],
  ['a token that cannot be given', { type: 'status', status: 503 }, { api: 'token' }],
] as const) {
  test(`after ${name} the link is not tried`, async () => {
    await using setup = await recorded();
    setup.simulated.faults.add(fault, { ...api, times: 99 });
    await assert.rejects(setup.get({ url: `${setup.simulated.url}/link` }), { code: 'unreachable' });
    assert.ok(setup.simulated.requests.all().every(({ path }) => path !== '/link'));
  });
}

test('a link that fails like the API is asked once, and leaves the answer of the API standing', async () => {
  await using setup = await recorded();
  const url = await setup.link(downloadLink);
  setup.simulated.faults.add({ type: 'status', status: 500 }, { ...ofSession, times: 99 });
  setup.simulated.faults.add({ type: 'status', status: 502, retryAfter: 60 }, { api: 'download', times: 99 });
  await assert.rejects(setup.get({ url }), { code: 'unreachable', message: /status 500/ });
  assert.equal(setup.simulated.requests.count({ api: 'download' }), 1);
  assert.equal(setup.clock.pauses.length, setup.site.retries);
});

test('a link that breaks off after an error of the API is what is told', async () => {
  await using setup = await recorded();
  const url = await setup.link(downloadLink);
  setup.simulated.faults.add({ type: 'status', status: 500 }, { ...ofSession, times: 99 });
  setup.simulated.faults.add({ type: 'reset-body' }, { api: 'download' });
  await assert.rejects(setup.get({ url }), { code: 'unreachable', cutOff: true });
});

test('the token goes to no other host, and over no redirect', async () => {
  await using other = await setUp({});
  await using setup = await recorded({}, { api: false, linkRedirect: `${other.simulated.url}/file?x=1` });
  const url = await setup.link(downloadLink);
  // Plain HTTP to another host is refused outright.
  await assert.rejects(setup.get({ url }), RecordingNotReady);
  assert.equal(other.simulated.requests.count(), 0);
  setup.simulated.recordings.configure({ linkRedirect: '/file' });
  await assert.rejects(setup.get({ url }), RecordingNotReady);
  assert.equal(setup.simulated.requests.last()?.path, '/file');
  assert.equal(setup.simulated.requests.last()?.bearer, null);
});

test('a link to another host is followed without the token', async () => {
  await using other = await setUp({ https: true });
  await using setup = await setUp({ https: true });
  await using folder = await temporaryFolder();
  const wanted = { kind: 'session-recordings', lsid, instance: 0, format: null } as const;
  const url = `${other.simulated.url}/session_download?lsid=x`;
  const options = { signal: forEver, onBytes: () => {} };
  await assert.rejects(setup.appliance.downloadRecording({ ...wanted, url }, folder.file('x'), options));
  assert.equal(other.simulated.requests.count(), 1);
  assert.equal(other.simulated.requests.last()?.headers.authorization, undefined);
});

test('no part of a link appears in a message', async () => {
  await using setup = await recorded({}, { api: false });
  setup.simulated.faults.add({ type: 'status', status: 503 }, { api: 'download', times: 99 });
  const url = await setup.link(downloadLink);
  await assert.rejects(setup.get({ url }), (error: Error) => {
    assert.match(error.message, /status 503/);
    assert.doesNotMatch(error.message, /session_download|h=|%3D/);
    return true;
  });
});

test('with a strong validator a broken download goes on where it stopped', async () => {
  await using setup = await recorded({}, { range: true });
  setup.simulated.faults.add({ type: 'reset-body', after: 1_500_000 }, ofSession);
  setup.simulated.faults.add({ type: 'reset-body', after: 500_000 }, { ...ofSession, skip: 1 });

  const file = await setup.get();

  assert.equal(file.sha256, setup.simulated.recordingSha256({ kind: 'session', lsid, instance: null }));
  assert.equal(await sha256Of(setup.path), file.sha256);
  const ranges = setup.simulated.requests.all(ofSession).map(({ headers }) => headers.range !== undefined);
  assert.deepEqual(ranges, [false, true, true]);
  assert.match(setup.simulated.requests.last(ofSession)?.headers['if-range']?.toString() ?? '', /^".*"$/);
});

test('with a weak validator a broken download is not gone on with', async () => {
  await using setup = await recorded({}, { range: true, etag: 'weak' });
  setup.simulated.faults.add({ type: 'reset-body', after: 1_500_000 }, ofSession);
  await assert.rejects(setup.get(), { code: 'unreachable', cutOff: true });
  assert.deepEqual(
    setup.simulated.requests.all(ofSession).map(({ headers }) => headers.range),
    [undefined],
  );
});

test('a file that has changed meanwhile is not glued to what came before', async () => {
  await using setup = await recorded({}, { range: true });
  setup.simulated.faults.add({ type: 'reset-body', after: 1_500_000 }, ofSession);
  setup.simulated.before(
    () => setup.simulated.sessions.edit(lsid, { recording: media({ size: 3_000_000, seed: 99 }) }),
    { ...ofSession, skip: 1 },
  );
  await assert.rejects(setup.get(), { code: 'unreachable' });
});

test('a download that gets no further is given up', async () => {
  await using setup = await recorded({}, { range: true }, { retries: 2 });
  setup.simulated.faults.add({ type: 'reset-body', after: 1_500_000 }, ofSession);
  const rule = setup.simulated.faults.add({ type: 'reset' }, { ...ofSession, skip: 1, times: 99 });
  await assert.rejects(setup.get(), { code: 'unreachable' });
  assert.equal(rule.hits, 3);
});

test('a recording may take its time to begin, though not to go on', async () => {
  await using setup = await recorded({}, {}, { timeout: 0.2 });
  setup.simulated.faults.add({ type: 'delay', ms: 600 }, ofSession);
  setup.simulated.faults.add(
    { type: 'hold', after: 0, until: () => new Promise((done) => setTimeout(done, 600)) },
    ofSession,
  );
  assert.equal((await setup.get()).bytes, 3_000_000);
});

test('a bandwidth limit holds for all downloads of the site together', async () => {
  await using setup = await recorded({ size: 500_000 }, {}, { bandwidthLimit: 1_000_000 });
  const options = { signal: forEver, onBytes: () => {} };
  const wanted = { kind: 'session-recordings', lsid, instance: 0, format: null, url: null } as const;
  const files = ['a', 'b', 'c'].map((name) =>
    setup.appliance.downloadRecording(wanted, setup.folder.file(name), options),
  );
  await Promise.all(files);
  const paused = setup.clock.pauses.reduce((sum, pause) => sum + pause, 0);
  assert.ok(paused > 1000, `${paused} ms for 1.5 MB`);
});

test('an abort ends a download, with the reason of the abort', async () => {
  await using setup = await recorded({}, {});
  setup.simulated.faults.add({ type: 'stall', after: 1_000_000 }, ofSession);
  const controller = new AbortController();
  const wanted = { kind: 'session-recordings', lsid, instance: 0, format: null, url: null } as const;
  const download = setup.appliance.downloadRecording(wanted, setup.path, {
    signal: controller.signal,
    onBytes: () => controller.abort(new Error('enough')),
  });
  await assert.rejects(download, /enough/);
});
