import assert from 'node:assert/strict';
import { extname } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { media } from '../appliance/media.ts';
import type { LoggedRequest } from '../appliance/request-log.ts';
import { aSession, lsidFor } from '../appliance/specimens.ts';
import { manifestLines, visibleFiles } from '../support/archive.ts';
import { hour, install } from '../support/installation.ts';

const names = ['a.scf', 'a.lnk', 'a.url', 'a.hta', 'a.svg', 'a.xhtml', 'a.msi', 'a.mpg'];
const blanks = [Buffer.alloc(4_000_000, ' '), gzipSync(Buffer.alloc(100_000_000, '\n'))];

/** Through the reporting API, or by the link in the report. */
function isForRecording({ api, report }: LoggedRequest): boolean {
  return api === 'download' || report === 'SupportSessionRecording';
}

test('what an appliance sends under dangerous names, or without an end, does no harm', async (t) => {
  const { appliance, archive, pull, ic } = await install(t, { transfer: 'data = session-recordings' });
  const now = appliance.clock.seconds();
  const count = names.length + blanks.length;
  for (let index = 0; index < count; index += 1) {
    const lsid = lsidFor(`${index}`);
    const times = { startTime: now - 2 * hour, endTime: now - hour - index };
    appliance.sessions.add(aSession({ lsid, ...times, recording: media({ seed: index }) }));
    const when = { lsid, where: isForRecording, times: Number.POSITIVE_INFINITY };
    const endless = blanks[index - names.length];
    const body = endless ?? Buffer.from(`\0\x01\x02 of no known format ${index}`);
    appliance.faults.add({ type: 'body', body, contentType: 'video/x-new' }, when);
    const value = `attachment; filename="${names[index]}"`;
    appliance.faults.add({ type: 'header', name: 'Content-Disposition', value }, when);
    if (endless !== undefined) appliance.faults.add({ type: 'stall', after: endless.length - 1 }, when);
  }

  const { code, transfer } = await pull();

  const counts = transfer.kinds['session-recordings'];
  assert.deepEqual([code, counts.delivered, counts.failed], [3, names.length, blanks.length]);
  const extensions = (await visibleFiles(archive)).map((name) => extname(name));
  assert.deepEqual(extensions.toSorted(), [...Array(names.length - 1).fill('.bin'), '.mpg']);
  const types = (await manifestLines(archive)).flatMap((line) => line.media_type ?? []);
  assert.deepEqual(types, Array(names.length).fill('application/octet-stream'));
  assert.match((await ic(['log', '--lines', '500'])).stdout, /with white space/);
});
