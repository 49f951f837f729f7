import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Bandwidth } from '../../src/appliance/bandwidth.ts';
import { type DownloadSource, download } from '../../src/appliance/download.ts';
import { unknownFormat } from '../../src/appliance/formats/formats.ts';
import { createSiteClient } from '../../src/appliance/site-client.ts';
import { createTransport } from '../../src/appliance/transport.ts';
import { startAppliance } from '../appliance/appliance.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { forEver, quickClock, siteOf } from './support.ts';

const file = Buffer.from(Array.from({ length: 300_000 }, (_, index) => index % 251));
const other = Buffer.alloc(300_000, 7);
const cutAt = 150_000;

type Headers = Readonly<Record<string, string>>;

/** Saves what a server sends that breaks off its first answer, and gives these answers to those who ask for the rest. */
async function save(t: TestContext, first: Headers, rests: readonly { headers: Headers; body: Buffer }[]) {
  const answers = [...rests];
  const serve: RequestListener = (request, response) => {
    if (request.headers.range === undefined) {
      response.writeHead(200, { 'accept-ranges': 'bytes', etag: '"one"', ...first });
      response.write(file.subarray(0, cutAt), () => response.socket?.end());
      return;
    }
    const rest = answers.shift();
    // In chunks, where a length that is announced as well must fit the range; or up to the end of its connection.
    if (rest?.headers.connection === 'close') response.useChunkedEncodingByDefault = false;
    response.writeHead(rest === undefined ? 416 : 206, rest?.headers ?? {});
    response.write(rest?.body ?? ' ');
    response.end();
  };
  const server = createServer(serve).listen(0, '127.0.0.1');
  t.after(() => server.close());
  await new Promise((resolve) => server.once('listening', resolve));
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  await using simulated = await startAppliance();
  const clock = quickClock();
  const client = createSiteClient(siteOf(simulated, { retries: 3 }), { clock, env: {} });
  const send = createTransport({ timeout: 30, proxy: null, env: {}, onHead: () => {} }, () =>
    Promise.reject(),
  );
  const source: DownloadSource = {
    what: 'the file',
    ask: (headers) => send({ what: 'the file', method: 'GET', url, headers, body: null }, forEver),
    accept: async ({ body }) => ({ format: unknownFormat(null), bytes: body }),
  };
  const path = join(await temporaryDirectory(t), 'file');
  const options = { signal: forEver, onBytes: () => {} };
  await download(client, new Bandwidth(clock, null), source, path, options);
  return readFile(path);
}

const range = (from: number, to: number, size: number | '*') => `bytes ${from}-${to - 1}/${size}`;
const whole = range(cutAt, 300_000, 300_000);

test('the rest of the very same file is taken, in as many answers as it needs', async (t) => {
  const rest = { headers: { etag: '"one"', 'content-range': whole }, body: file.subarray(cutAt) };
  assert.ok((await save(t, {}, [rest])).equals(file));
  assert.ok((await save(t, { 'content-length': '300000' }, [rest])).equals(file));
  const short = { ...rest, body: file.subarray(cutAt, 200_000) };
  const last = {
    headers: { etag: '"one"', 'content-range': range(200_000, 300_000, '*') },
    body: file.subarray(200_000),
  };
  assert.ok((await save(t, {}, [short, last])).equals(file));
});

const strangers = {
  'of another version': { etag: '"two"', 'content-range': whole },
  'of no version': { 'content-range': whole },
  'from elsewhere': { etag: '"one"', 'content-range': range(0, 150_000, 300_000) },
  'short of the end': { etag: '"one"', 'content-range': range(cutAt, 200_000, 300_000) },
  'of another size': { etag: '"one"', 'content-range': range(cutAt, 300_001, 300_001) },
  'that names no range': { etag: '"one"' },
};

for (const [name, headers] of Object.entries(strangers)) {
  test(`a rest ${name} is not put behind what came first`, async (t) => {
    const body = other.subarray(cutAt);
    await assert.rejects(save(t, { 'content-length': '300000' }, [{ headers, body }]), {
      code: 'unreachable',
    });
  });
}

test('a range of a file whose length nobody tells is not taken for its rest', async (t) => {
  for (const to of [151_000, 300_000]) {
    const headers = { etag: '"one"', 'content-range': range(cutAt, to, '*') };
    await assert.rejects(save(t, {}, [{ headers, body: file.subarray(cutAt, to) }]), {
      code: 'unreachable',
      cutOff: true,
    });
  }
});

test('a rest that ends too soon is no whole file', async (t) => {
  const rest = { headers: { etag: '"one"', 'content-range': whole }, body: file.subarray(cutAt, 200_000) };
  await assert.rejects(save(t, {}, [rest]), /200000 bytes instead of 300000/);
});

test('a rest that ends with its connection is whole where its range says how long the file is', async (t) => {
  const headers = { etag: '"one"', 'content-range': whole, connection: 'close' };
  assert.ok((await save(t, {}, [{ headers, body: file.subarray(cutAt) }])).equals(file));
  const cut = { headers, body: file.subarray(cutAt, 200_000) };
  await assert.rejects(save(t, {}, [cut]), /200000 bytes instead of 300000/);
});
