import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { type Appliance, startAppliance } from './appliance.ts';
import { type Asked, ask, askReport, begin, signedIn } from './ask.ts';
import { media } from './media.ts';

const noon = Date.parse('2026-11-22T12:00:00Z');
const now = noon / 1000;
const lsid = '4b1f0c6a9d8e47f2a35c7710be92d3e8';

async function recorded(): Promise<Appliance> {
  const appliance = await startAppliance({ clock: { now: noon, frozen: true } });
  appliance.sessions.add({
    lsid,
    startTime: now - 900,
    endTime: now - 100,
    recording: media({ size: 150_000, seed: 1 }),
    commandShellRecordings: [0, 1].map((instance) => ({
      instance,
      media: media({ format: 'flv', seed: 10 + instance }),
    })),
    showMyScreenRecordings: [{ instance: 0, media: media({ format: 'webm', seed: 20 }) }],
  });
  appliance.presentations.add({
    lsid: 'p',
    startTime: now - 900,
    endTime: now - 100,
    recording: media({ seed: 30 }),
  });
  return appliance;
}

function sha256({ body }: Asked): string {
  return createHash('sha256').update(body).digest('hex');
}

function recording(appliance: Appliance): Promise<Asked> {
  return askReport(appliance, { generate_report: 'SupportSessionRecording', lsid });
}

/** The link of an element, as a report shows it now. */
async function link(appliance: Appliance, pattern: RegExp): Promise<string> {
  const { text } = await askReport(appliance, { generate_report: 'SupportSession', lsid });
  return (pattern.exec(text)?.[1] ?? '').replaceAll('&amp;', '&').slice(appliance.url.length);
}

const downloadLink = /<session_recording_download_url>([^<]*)</;

describe('a recording of each kind', () => {
  it('comes from the reporting API, with the bytes that were announced', async () => {
    await using appliance = await recorded();
    const cases = [
      [
        { generate_report: 'SupportSessionRecording', lsid },
        { kind: 'session', lsid, instance: null },
      ],
      [
        { generate_report: 'CommandShellRecording', lsid, instance: 1 },
        { kind: 'shell', lsid, instance: 1 },
      ],
      [
        { generate_report: 'ShowMyScreenRecording', lsid, instance: 0 },
        { kind: 'sms', lsid, instance: 0 },
      ],
      [
        { generate_report: 'PresentationSessionRecording', lsid: 'p' },
        { kind: 'presentation', lsid: 'p', instance: null },
      ],
    ] as const;
    const hashes = new Set<string>();
    for (const [form, target] of cases) {
      const answer = await askReport(appliance, form);
      assert.equal(answer.headers['transfer-encoding'], 'chunked');
      assert.equal(sha256(answer), appliance.recordingSha256(target));
      hashes.add(sha256(answer));
    }
    assert.equal(hashes.size, cases.length);
  });

  it('comes from the link that the report shows', async () => {
    await using appliance = await recorded();
    const headers = signedIn(appliance);
    const session = await ask(appliance, await link(appliance, downloadLink), { headers });
    assert.equal(sha256(session), appliance.recordingSha256({ kind: 'session', lsid, instance: null }));
    const shellLink = await link(appliance, /command_shell_recording instance="1">\s*<download_url>([^<]*)</);
    const shell = await ask(appliance, shellLink, { headers });
    assert.equal(sha256(shell), appliance.recordingSha256({ kind: 'shell', lsid, instance: 1 }));
    assert.equal(appliance.requests.count({ api: 'download', lsid }), 2);
  });

  it('is an error document when there is none, or the session has not ended, or the instance is missing', async () => {
    await using appliance = await recorded();
    appliance.sessions.add({ lsid: 'open', startTime: now - 9, endTime: null, recording: media() });
    for (const form of [
      { generate_report: 'SupportSessionRecording', lsid: 'nobody' },
      { generate_report: 'SupportSessionRecording', lsid: 'open' },
      { generate_report: 'CommandShellRecording', lsid },
      { generate_report: 'CommandShellRecording', lsid, instance: 2 },
    ]) {
      assert.match((await askReport(appliance, form)).text, /<error /);
    }
  });
});

describe('a link', () => {
  it('is refused when its signature is none of ours', async () => {
    await using appliance = await recorded();
    const path = (await link(appliance, downloadLink)).replace(/h%3D......../, 'h%3D00000063');
    assert.equal((await ask(appliance, path, { headers: signedIn(appliance) })).status, 404);
  });

  it('leads to the login page without a token, unless it is open', async () => {
    await using appliance = await recorded();
    const path = await link(appliance, downloadLink);
    const closed = await ask(appliance, path);
    assert.deepEqual([closed.status, closed.headers.location?.startsWith('/login')], [302, true]);
    appliance.recordings.configure({ link: 'open' });
    assert.equal((await ask(appliance, path)).status, 200);
  });

  it('can lead to another host, which records whether it was given the token', async () => {
    await using appliance = await recorded();
    await using other = await startAppliance();
    appliance.recordings.configure({ linkRedirect: `${other.url}/elsewhere` });
    const path = await link(appliance, downloadLink);
    const answer = await ask(appliance, path, { headers: signedIn(appliance) });
    assert.equal(answer.headers.location, `${other.url}/elsewhere`);
    await ask(other, '/elsewhere', { headers: { Authorization: 'Bearer leaked' } });
    assert.equal(other.requests.last()?.bearer, 'leaked');
  });
});

describe('a recording that is not ready', () => {
  const target = { kind: 'session', lsid, instance: null } as const;

  it('is an error text for so many requests, or until a moment', async () => {
    await using appliance = await recorded();
    appliance.recordings.configure({ state: { notReadyFor: 2 } }, target);
    for (const ready of [false, false, true]) {
      assert.equal((await recording(appliance)).text.includes('<error '), !ready);
    }
    appliance.recordings.configure({ state: { readyAt: now + 60 } }, target);
    assert.match((await recording(appliance)).text, /being processed/);
    appliance.clock.advance(60_000);
    assert.equal((await recording(appliance)).body.length, 150_000);
  });

  it('may never be, may have expired, or say anything', async () => {
    await using appliance = await recorded();
    appliance.recordings.configure({ state: 'never' });
    assert.match((await recording(appliance)).text, /being processed/);
    appliance.recordings.configure({ state: 'expired' });
    assert.match(
      (await recording(appliance)).text,
      />This recording has expired and can no longer be viewed or downloaded\.</,
    );
    appliance.recordings.configure({ state: { error: 'Disk failure' } });
    assert.match((await recording(appliance)).text, />Disk failure</);
  });

  it('leaves the others as they are', async () => {
    await using appliance = await recorded();
    appliance.recordings.configure({ state: 'never' }, { kind: 'shell', instance: 0 });
    const shell = (instance: number): Promise<Asked> =>
      askReport(appliance, { generate_report: 'CommandShellRecording', lsid, instance });
    assert.match((await shell(0)).text, /<error /);
    assert.equal((await shell(1)).body.length, 4096);
    assert.equal((await recording(appliance)).body.length, 150_000);
  });
});

describe('how a recording is served', () => {
  it('can be mislabelled, and with its length', async () => {
    await using appliance = await recorded();
    appliance.recordings.configure({ contentType: 'text/html', contentLength: true });
    const { headers } = await recording(appliance);
    assert.deepEqual([headers['content-type'], headers['content-length']], ['text/html', '150000']);
  });

  it('can be by range, with a strong ETag', async () => {
    await using appliance = await recorded();
    appliance.recordings.configure({ range: true });
    const whole = await recording(appliance);
    const etag = String(whole.headers.etag);
    assert.match(etag, /^"[^"]+"$/);
    const path = `/api/reporting?generate_report=SupportSessionRecording&lsid=${lsid}`;
    const part = async (headers: Record<string, string>): Promise<Asked> =>
      ask(appliance, path, { headers: { ...signedIn(appliance), ...headers } });
    const tail = await part({ Range: 'bytes=70000-', 'If-Range': etag });
    assert.deepEqual([tail.status, tail.headers['content-range']], [206, 'bytes 70000-149999/150000']);
    assert.deepEqual(tail.body, whole.body.subarray(70_000));
    assert.deepEqual((await part({ Range: 'bytes=10-19' })).body, whole.body.subarray(10, 20));
    assert.equal((await part({ Range: 'bytes=70000-', 'If-Range': '"other"' })).status, 200);
    assert.equal((await part({ Range: 'bytes=150000-' })).status, 416);
  });

  it('ignores Range unless it is offered', async () => {
    await using appliance = await recorded();
    const path = `/api/reporting?generate_report=SupportSessionRecording&lsid=${lsid}`;
    const answer = await ask(appliance, path, { headers: { ...signedIn(appliance), Range: 'bytes=5-' } });
    assert.deepEqual([answer.status, answer.body.length], [200, 150_000]);
  });

  it('can be through the link alone', async () => {
    await using appliance = await recorded();
    appliance.recordings.configure({ api: false }, { kind: 'session' });
    assert.match((await recording(appliance)).text, /<error /);
    const path = await link(appliance, downloadLink);
    assert.equal((await ask(appliance, path, { headers: signedIn(appliance) })).status, 200);
  });

  it("is at the client's pace: terabytes wait until they are read", async () => {
    await using appliance = await recorded();
    appliance.sessions.edit(lsid, { recording: media({ size: 5e12 }) });
    const path = `/api/reporting?generate_report=SupportSessionRecording&lsid=${lsid}`;
    const message = await begin(appliance, path, { headers: signedIn(appliance) });
    let read = 0;
    for await (const chunk of message as AsyncIterable<Buffer>) {
      read += chunk.length;
      if (read > 1_000_000) break;
    }
    const request = await appliance.requests.nth(1, { lsid });
    await request.finished;
    assert.equal(request.ending, 'client-left');
    assert.ok(request.bytes < 100_000_000, `${request.bytes} bytes were pushed`);
  });
});
