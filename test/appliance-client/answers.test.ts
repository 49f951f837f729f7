import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  classifyErrorText,
  saysNotReady,
  shapeOf,
  shorten,
  summarise,
  unexpectedStatus,
} from '../../src/appliance/answers.ts';

const meanings = {
  empty: [
    'No Support report information matching your chosen criteria is available.',
    '\n\t No Presentation report information   matching your\nchosen criteria is available. ',
    "Aucune information de rapport Support correspondant à vos critères n'est disponible.",
    'Aucune information de rapport Support correspondant à vos critères n’est disponible.',
    'Aucune information correspondant à vos critères n’est disponible.'.normalize('NFD'),
    'No archives found for the given search criteria.',
  ],
  refused: [
    'Login failed',
    'Invalid credentials',
    'Authentication failed: unknown user',
    'Document Not Found',
    'You do not have permission to view this report.',
    'Your session has expired',
  ],
  expired: ['This recording has expired and can no longer be viewed or downloaded.'],
  other: ['Database is locked', '', 'No such report', 'Parameter lsids is not supported by this report.'],
} as const;

for (const [meaning, texts] of Object.entries(meanings)) {
  for (const text of texts) {
    test(`"${text.trim()}" is ${meaning}`, () => {
      assert.equal(classifyErrorText(text, { emptyPattern: null }), meaning);
    });
  }
}

test("a site's own pattern adds to the empty texts, whatever its flags, and excuses no refusal", () => {
  const emptyPattern = /keine|failed/gi;
  for (let time = 0; time < 3; time += 1) {
    assert.equal(classifyErrorText('Keine Daten', { emptyPattern }), 'empty');
    assert.equal(classifyErrorText('Login failed', { emptyPattern }), 'refused');
  }
});

test('a clear "not ready" is told from an error that may mean anything', () => {
  assert.ok(saysNotReady('This recording is being processed. Please try again later.'));
  assert.ok(saysNotReady('The recording is not yet ready'));
  assert.ok(!saysNotReady('The requested recording type is not supported.'));
});

for (const [head, shape] of [
  ['', 'empty'],
  [' \r\n\t', 'empty'],
  ['\ufeff', 'empty'],
  ['\ufeff<?xml version="1.0"?>\n\n<session_list>', 'xml'],
  ['<error >', 'xml'],
  ['<session_list><session><name>\x07</name>', 'xml'],
  ['<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01//EN">', 'html'],
  ['\n<HTML>', 'html'],
  ['<?xml version="1.0"?>\n<!-- page -->\n<!DOCTYPE html>', 'html'],
  [' {"message":"no"}', 'json'],
  ['$ whoami\r\n\x1b[0m', 'text'],
  ['\x00\x01', 'binary'],
] as const) {
  test(`${JSON.stringify(head)} is ${shape}`, () => {
    assert.equal(shapeOf(Buffer.from(head)), shape);
  });
}

test('what an answer says is shortened, on one line, without secrets and links', () => {
  assert.equal(summarise('<html><title> Sign\nin </title><body>x', []), 'Sign in');
  assert.equal(summarise('{"error":"invalid_client","error_description":"No."}', []), 'invalid_client: No.');
  assert.equal(summarise('<p>Hello <b>world</b></p>', []), 'Hello world');
  assert.equal(shorten('user:pa+ss at https://h/x?sig=1', ['pa+ss']), 'user:*** at [link]');
  assert.equal(shorten('x'.repeat(999), []).length, 200);
});

test('an answer that echoes a secret is told without it, however it has it', () => {
  for (const secret of ['pXz0+simulated/secret==', 'p<b>ss</b>word']) {
    const escaped = encodeURIComponent(secret).toLowerCase().replace('pxz', 'pXz');
    const bodies = [
      `{"errors":["bad client_secret ${secret.replaceAll('/', '\\/')}"]}`,
      `{"error":"bad ${secret.replaceAll('/', '\\\\/')}"}`,
      `<html><title>bad ${escaped}</title></html>`,
      `<title>bad ${secret.replace(/\W/g, (one) => `&#${one.charCodeAt(0)};`)}</title>`,
      `<p>bad ${secret}</p>`,
    ];
    for (const body of bodies) {
      const said = summarise(body, [secret]);
      assert.match(said, /bad .*\*\*\*/);
      assert.doesNotMatch(said, /simulated|ss|word/, body);
    }
  }
});

test('where a redirect leads to is told on one line, without secrets and its query', () => {
  const secret = 'a-secret/of+the=site';
  const origin = { host: 'h', what: 'the report', secrets: [secret] };
  const told = (location: string) => unexpectedStatus(302, '', location, origin).message;
  assert.match(
    told(`https://h/${encodeURIComponent(secret)}/x?y=z`),
    /a redirect to https:\/\/h\/\*\*\*\/x, which/,
  );
  assert.match(told('\r\n'), /a redirect to another place, which/);
  assert.match(told(`/a\u0000b\n${'x'.repeat(9000)}`), /a redirect to \/a b x{190,199}…, which/);
});
