import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import fc from 'fast-check';
import {
  answeredWithError,
  classifyErrorText,
  isKnownText,
  saysNotReady,
  unexpectedStatus,
} from '../../src/appliance/answers.ts';
import { readApiInfo, readHealth } from '../../src/appliance/api-info.ts';
import { formatOf } from '../../src/appliance/formats/formats.ts';
import type { HttpAnswer } from '../../src/appliance/http.ts';
import { acceptRecording } from '../../src/appliance/recognise-recording.ts';
import { RecordingExpired, RecordingNotReady } from '../../src/appliance/recording-errors.ts';
import type { SiteClient } from '../../src/appliance/site-client.ts';
import { TokenSource } from '../../src/appliance/token.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { type ErrorCode, IcError } from '../../src/platform/errors.ts';
import { silentLogger } from '../../src/platform/logger.ts';
import { wholeFiles } from '../appliance-client/formats/files.ts';
import { fuzz } from './fuzz.ts';
import { composed, inPieces, mutated, pieces } from './mutations.ts';

const signal = new AbortController().signal;
const clientSecret = 'S3cret/of+the=account';
const token = 'eyJhbGciOiJIUzI1NiJ9.TokenOfTheAppliance';
const origin = { host: 'appliance.example.com', what: 'the thing', secrets: [clientSecret] };

function answerOf(
  status: number,
  body: Buffer,
  lengths: readonly number[] = [],
  headers: HttpAnswer['headers'] = {},
): HttpAnswer {
  async function* bytes(): AsyncGenerator<Buffer> {
    yield* inPieces(body, lengths);
  }
  return { status, headers, body: Object.assign(bytes(), { discard: () => {} }) };
}

const statuses = fc.oneof(
  { weight: 3, arbitrary: fc.constant(200) },
  fc.constantFrom(201, 204, 301, 302, 400, 401, 403, 404, 410, 418, 429, 500, 503, 599, 999),
);

/** Every error that an answer may come to is one for people: of the right code, on one line, without the secret. */
function checkError(error: unknown, codes: readonly ErrorCode[]): void {
  assert.ok(error instanceof IcError, inspect(error));
  assert.ok(codes.includes(error.code), `${error.code}: ${error.message}`);
  assert.doesNotMatch(error.message, /[\x00-\x1f\x7f]/);
  assert.ok(error.message.length < 700, error.message);
  assert.ok(!error.message.includes(clientSecret), error.message);
}

const jsonWords = [
  ...[
    '{',
    '}',
    '[',
    ']',
    ',',
    '"access_token":',
    '"expires_in":',
    '"token_type":',
    '"error":',
    '"message":',
    '""',
  ],
  ...[
    `"${token}"`,
    token,
    clientSecret,
    encodeURIComponent(clientSecret),
    '1e400',
    '-5',
    '"NaN"',
    '{"token":',
    '\ufeff',
  ],
  ...[
    '<html><title>',
    '</title>',
    '<error>',
    'access_token=',
    '<'.repeat(3000),
    '{"a":'.repeat(2000),
    'a.'.repeat(3000),
  ],
];
const tokenAnswers = [
  JSON.stringify({ access_token: token, expires_in: 3600, token_type: 'Bearer' }),
  JSON.stringify({ error: 'invalid_client', error_description: `The secret ${clientSecret} is wrong` }),
  JSON.stringify({ token: { access_token: token } }),
  `<html><head><title>Sign in ${clientSecret}</title></head></html>`,
];

test('any answer about a token is one, or an error without the secret', async (t) => {
  const bodies = fc.oneof(mutated(tokenAnswers, jsonWords), composed(jsonWords));
  await fuzz(t, fc.tuple(statuses, bodies), 3000, async ([status, body]) => {
    const send = async (): Promise<HttpAnswer> => answerOf(status, body);
    const url = new URL('https://appliance.example.com/oauth2/token');
    const tokens = new TokenSource(send, { url, clientId: 'id', clientSecret, clock: systemClock, signal });
    try {
      const value = await tokens.get(signal);
      assert.ok(typeof value === 'string' && value !== '');
      assert.ok(status === 200 || status === 201);
    } catch (error) {
      checkError(error, ['refused', 'not-understood']);
    }
  });
});

/** JSON in which the token may be anything but what is quoted of an answer. */
const wrappers = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom<unknown>(token, `Bearer ${token}`, `${token} `, null, 1, true),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(
      fc.constantFrom('token', 'access_token', 'refresh_token', 'data', 'Access_Token', 'result'),
      tie('value'),
    ),
  ),
})).value;

test('whatever shape an answer has that brings a token, it is never quoted', async (t) => {
  const shapes = fc.constantFrom<(json: string) => string>(
    (json) => json,
    (json) => `\ufeff${json}`,
    (json) => `<html><body>${json}</body></html>`,
    (json) => `jsonp(${json})`,
    (json) => `${json}\n${json}`,
    (json) => json.slice(0, -1),
    (json) => `access_token=${json}&x=1`,
  );
  await fuzz(t, fc.tuple(statuses, wrappers, shapes), 2000, async ([status, value, shape]) => {
    const body = Buffer.from(shape(JSON.stringify(value)));
    const url = new URL('https://appliance.example.com/oauth2/token');
    const send = async (): Promise<HttpAnswer> => answerOf(status, body);
    const tokens = new TokenSource(send, { url, clientId: 'id', clientSecret, clock: systemClock, signal });
    await tokens.get(signal).catch((error: unknown) => {
      checkError(error, ['refused', 'not-understood']);
      const { message } = error as IcError;
      assert.ok(!message.includes('TokenOfTheAppliance') && !message.includes('eyJhbG'), message);
    });
  });
});

const xmlWords = [
  ...[
    '<?xml version="1.0"?>',
    '<!DOCTYPE a [<!ENTITY b "c">]>',
    '&b;',
    '&#0;',
    '&amp;',
    '<![CDATA[',
    ']]>',
    '<!--',
    '-->',
  ],
  ...[
    '<api_information>',
    '</api_information>',
    '<permissions>',
    '<permission name="__proto__">',
    '<error>',
    '</error>',
  ],
  ...[
    '<timestamp>',
    '</timestamp>',
    '1e400',
    '-1',
    '<x:error xmlns:x="u">',
    '<a>'.repeat(3000),
    `<a b="${clientSecret}">`,
  ],
  ...[
    clientSecret,
    '<success>0</success>',
    '</health_check>',
    '<',
    '>',
    '"',
    'a.'.repeat(3000),
    'http://'.repeat(1000),
  ],
];
const xmlAnswers = [
  `<?xml version="1.0"?><api_information xmlns="http://www.bomgar.com/namespaces/API/command"><api_version>1.22</api_version><timestamp>1795341600</timestamp><permissions><permission name="perm_reporting_support">1</permission><permission name="perm_command">0</permission></permissions></api_information>`,
  '<health_check><version>23.2.1 (1)</version><success>1</success><error_message/><failover_role>none</failover_role></health_check>',
  `<error xmlns="urn:x">Login failed for ${clientSecret}.</error>`,
  `<html><head><title>Bad ${clientSecret}</title></head><body>Bearer abcdefgh</body></html>`,
];

test('any answer of the command API is understood or an error without the secret', async (t) => {
  const bodies = fc.oneof(mutated(xmlAnswers, xmlWords), composed(xmlWords));
  await fuzz(t, fc.tuple(statuses, bodies, pieces), 3000, async ([status, body, lengths]) => {
    const client = {
      site: { commandPath: '/api/command' },
      origin: new URL('https://appliance.example.com'),
      about: () => origin,
      call: async () => answerOf(status, body, lengths, { location: body.toString('latin1', 0, 100) }),
    } as unknown as SiteClient;
    for (const ask of [readApiInfo, readHealth]) {
      try {
        const answer = await ask(client, signal);
        assert.equal(status, 200);
        if ('timestamp' in answer) {
          assert.ok(answer.timestamp === null || Number.isSafeInteger(answer.timestamp));
          for (const [name, value] of answer.permissions)
            assert.equal(typeof name + typeof value, 'stringstring');
        }
      } catch (error) {
        checkError(error, ['refused', 'not-understood']);
      }
    }
  });
});

test('any text of an error is classified, and quoted on one line without the secret', async (t) => {
  const words = [
    ...[
      'Report information matching your chosen criteria is available',
      'Login failed',
      'has expired',
      'permission',
    ],
    ...[
      'try again',
      'later',
      '. ',
      '!',
      `id:${clientSecret}`,
      Buffer.from(`id:${clientSecret}`).toString('base64'),
    ],
    ...[
      encodeURIComponent(clientSecret),
      'https://a:b@c/?d',
      '<a>',
      '\n',
      'a.'.repeat(3000),
      '://'.repeat(2000),
    ],
  ];
  await fuzz(t, fc.tuple(composed(words), statuses), 3000, ([bytes, status]) => {
    const text = bytes.toString();
    assert.match(classifyErrorText(text, { emptyPattern: /later$/i }), /^(expired|empty|refused|other)$/);
    if (isKnownText(text)) assert.doesNotMatch(text.trim(), /[\r\n]/);
    saysNotReady(text);
    checkError(answeredWithError(text, origin), ['refused', 'not-understood']);
    checkError(unexpectedStatus(status, text, text, origin), ['refused', 'not-understood']);
  });
});

test('anything in place of a recording is kept as what it is, or is an error without the secret', async (t) => {
  const files = Object.values(wholeFiles).map((file) => file(Buffer.from('some content of a recording'), 2));
  const bodies = fc.oneof(mutated([...files, ...xmlAnswers], xmlWords), composed(xmlWords));
  const headers = fc.record({
    'content-type': fc.constantFrom('text/plain', 'text/html', 'application/octet-stream', 'video/mp4', ''),
    'content-disposition': composed(['filename="', 'a.', 'exe', 'mp4', '"', ';', 'x'.repeat(500)], 8).map(
      (name) => name.toString('latin1'),
    ),
  });
  const kinds = fc.constantFrom('session-recordings', 'command-shell-recordings' as const);
  await fuzz(
    t,
    fc.tuple(statuses, bodies, pieces, headers, kinds),
    3000,
    async ([status, body, lengths, head, kind]) => {
      try {
        const answer = answerOf(status, body, lengths, head);
        const { format, bytes } = await acceptRecording(answer, {
          kind: kind as 'session-recordings',
          origin,
          logger: silentLogger,
        });
        assert.doesNotMatch(format.extension, /^(exe|scr|bat|lnk|html|js)$/i);
        assert.match(format.extension, /^[a-z0-9]{1,5}$/);
        if (formatOf(body) !== null && formatOf(body)?.extension !== 'gz')
          assert.equal(format, formatOf(body));
        assert.deepEqual(Buffer.concat(await Array.fromAsync(bytes)), body, 'all of it comes');
      } catch (error) {
        if (error instanceof assert.AssertionError) throw error;
        if (!(error instanceof RecordingExpired || error instanceof RecordingNotReady))
          checkError(error, ['refused', 'not-understood']);
      }
    },
  );
});
