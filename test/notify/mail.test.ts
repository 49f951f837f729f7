import assert from 'node:assert/strict';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import type { MailConfig } from '../../src/config/configuration.ts';
import { checkMailServer, sendMail } from '../../src/notify/mail.ts';
import type { Notice } from '../../src/notify/notice.ts';
import type { IcError } from '../../src/platform/errors.ts';
import { readText } from '../support/configuration.ts';
import { fastClock } from '../support/fast-clock.ts';
import { caFile, startMailServer } from './mail-server.ts';

const login = { user: 'ic@example.com', password: 'Pä55 w0rd;#=' };

const notice: Notice = {
  subject: 'hq-to-archive failed: Zürich cannot be reached',
  good: false,
  sections: [{ heading: 'Transfer hq-to-archive has begun to fail.', facts: [['Site', 'hq – Zürich']] }],
  footer: 'Run 5f0c2a91',
};

function configFor(server: { readonly port: number }, rest: Partial<MailConfig> = {}): MailConfig {
  return {
    server: '127.0.0.1',
    port: server.port,
    security: 'starttls',
    username: null,
    password: null,
    from: 'Archive <ic@example.com>',
    to: ['one@example.com', 'Zwei <two@example.com>'],
    caFile,
    ...rest,
  };
}

const forEver = new AbortController().signal;
const context = { clock: fastClock() };

test('a server that demands STARTTLS and a login gets the mail', async (t) => {
  const server = await startMailServer(t, { login });
  const config = configFor(server, { username: login.user, password: login.password });
  assert.deepEqual(await sendMail(config, notice, context, forEver), []);
  const [mail] = server.mails;
  assert.equal(server.mails.length, 1);
  assert.equal(mail?.secure, true);
  assert.equal(mail.user, login.user);
  assert.equal(mail.from, 'ic@example.com');
  assert.deepEqual(mail.to, ['one@example.com', 'two@example.com']);
  assert.equal(mail.headers.get('subject'), '[ic] hq-to-archive failed: Zürich cannot be reached');
  assert.equal(mail.headers.get('auto-submitted'), 'auto-generated');
  assert.equal(mail.headers.get('date'), 'Sun, 22 Nov 2026 10:00:00 +0000');
  assert.match(
    mail.text,
    /Transfer hq-to-archive has begun to fail\.\n\n {2}Site {2}hq – Zürich\n\nRun 5f0c2a91/,
  );
});

for (const security of ['none', 'tls'] as const) {
  test(`security = ${security}, with a login`, async (t) => {
    const server = await startMailServer(t, { security, login });
    const config = configFor(server, { security, username: login.user, password: login.password });
    await sendMail(config, notice, context, forEver);
    assert.deepEqual(
      server.mails.map(({ secure, user }) => ({ secure, user })),
      [{ secure: security === 'tls', user: login.user }],
    );
  });
}

async function failure(sent: Promise<unknown>): Promise<IcError> {
  const error = await sent.then(
    () => assert.fail('it was sent'),
    (thrown: IcError) => thrown,
  );
  assert.doesNotMatch(`${error.message} ${error.hint}`, /Pä55/);
  return error;
}

test('a recipient whose name holds a comma is one recipient', async (t) => {
  const server = await startMailServer(t, { security: 'none' });
  const { notify } = await readText(`[notify.mail]
server = 127.0.0.1
port = ${server.port}
security = none
from = ic@example.com
to = "Doe, Jane" <jane@example.com>, it@example.com
`);
  assert.deepEqual(notify.mail?.to, ['"Doe, Jane" <jane@example.com>', 'it@example.com']);
  await sendMail(notify.mail, notice, context, forEver);
  assert.deepEqual(server.mails[0]?.to, ['jane@example.com', 'it@example.com']);
  assert.match(server.mails[0]?.headers.get('to') ?? '', /Doe, Jane.*<jane@example\.com>/);
});

test('without STARTTLS at the server nothing is sent, and no password either', async (t) => {
  const server = await startMailServer(t, { security: 'none', login });
  const config = configFor(server, { username: login.user, password: login.password });
  const error = await failure(sendMail(config, notice, context, forEver));
  assert.equal(error.code, 'configuration');
  assert.match(error.message, /STARTTLS/);
  assert.deepEqual(server.mails, []);
  assert.deepEqual(server.logins, []);
});

test('a wrong password is told with its remedy', async (t) => {
  const server = await startMailServer(t, { login });
  const config = configFor(server, { username: login.user, password: 'wrong' });
  const error = await failure(sendMail(config, notice, context, forEver));
  assert.equal(error.code, 'refused');
  assert.match(error.message, /login at the mail server 127\.0\.0\.1:\d+ failed: 535/);
  assert.match(error.hint ?? '', /password of \[notify\.mail\]/);
});

test('a login at a server that knows none is a failure, not left out', async (t) => {
  const server = await startMailServer(t, {});
  const config = configFor(server, { username: login.user, password: login.password });
  assert.equal((await failure(sendMail(config, notice, context, forEver))).code, 'refused');
  assert.deepEqual(server.mails, []);
});

for (const security of ['starttls', 'tls'] as const) {
  test(`a certificate of an unknown authority is not accepted: ${security}`, async (t) => {
    const server = await startMailServer(t, { security });
    const error = await failure(
      sendMail(configFor(server, { security, caFile: null }), notice, context, forEver),
    );
    assert.equal(error.code, 'unreachable');
    assert.match(error.message, /authority that is not known/);
    assert.match(error.hint ?? '', /ca_file of \[notify\.mail\]/);
  });
}

test('a certificate for another name is not accepted', async (t) => {
  const server = await startMailServer(t);
  // The same machine, by a name that is in no certificate.
  const error = await failure(sendMail(configFor(server, { server: '127.1' }), notice, context, forEver));
  assert.equal(error.code, 'unreachable');
  assert.match(error.message, /certificate is for another name/);
});

test('a refused recipient does not keep the others from their mail', async (t) => {
  const server = await startMailServer(t, { refuses: ['two@example.com'] });
  assert.deepEqual(await sendMail(configFor(server), notice, context, forEver), ['two@example.com']);
  assert.deepEqual(server.mails[0]?.to, ['one@example.com']);
});

test('no recipient that is taken is a failure', async (t) => {
  const server = await startMailServer(t, { refuses: ['one@example.com', 'two@example.com'] });
  const error = await failure(sendMail(configFor(server), notice, context, forEver));
  assert.equal(error.code, 'refused');
  assert.match(error.message, /550/);
});

test('nobody at the port', async (t) => {
  const server = await startMailServer(t);
  await server.close();
  const error = await failure(sendMail(configFor(server), notice, context, forEver));
  assert.equal(error.code, 'unreachable');
  assert.match(error.message, /the connection was refused/);
});

async function startSocketServer(
  t: TestContext,
  accept: (socket: Socket) => void,
): Promise<{ readonly port: number }> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => {});
    accept(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port };
}

test('what is no mail server is told as such', async (t) => {
  const server = await startSocketServer(t, (socket) => socket.write('SSH-2.0-OpenSSH_9.2\r\n'));
  assert.equal((await failure(sendMail(configFor(server), notice, context, forEver))).code, 'not-understood');
});

test('a server that says nothing is left as soon as the signal says so', async (t) => {
  const server = await startSocketServer(t, (socket) => socket.resume());
  const controller = new AbortController();
  const sent = sendMail(configFor(server), notice, context, controller.signal);
  const reason = new Error('enough');
  setImmediate(() => controller.abort(reason));
  await assert.rejects(sent, reason);
});

test('a check logs in and sends nothing', async (t) => {
  const server = await startMailServer(t, { login });
  await checkMailServer(configFor(server, { username: login.user, password: login.password }), forEver);
  assert.deepEqual(server.logins, [login.user]);
  assert.deepEqual(server.mails, []);
  const wrong = checkMailServer(configFor(server, { username: login.user, password: 'wrong' }), forEver);
  assert.equal((await failure(wrong)).code, 'refused');
});
