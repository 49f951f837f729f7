import { readFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';

export const caFile = fileURLToPath(new URL('../appliance/tls/ca.pem', import.meta.url));

export interface ReceivedMail {
  readonly from: string;
  readonly to: readonly string[];
  /** Whether it came over TLS. */
  readonly secure: boolean;
  /** Who had logged in. */
  readonly user: string | undefined;
  /** By lower-case name; folded lines joined, encoded words decoded. */
  readonly headers: ReadonlyMap<string, string>;
  readonly text: string;
  readonly raw: string;
}

export interface MailServer {
  readonly port: number;
  readonly mails: readonly ReceivedMail[];
  /** Logins that were tried, right or wrong. */
  readonly logins: readonly string[];
  close(): Promise<void>;
}

export interface MailServerSettings {
  readonly port?: number;
  /** Default: a server that demands STARTTLS. */
  readonly security?: 'none' | 'starttls' | 'tls';
  /** Null: none is asked for. */
  readonly login?: { readonly user: string; readonly password: string } | null;
  /** Addresses that it does not take mail for. */
  readonly refuses?: readonly string[];
}

const certificates = new URL('../appliance/tls/', import.meta.url);

/** A real SMTP server on 127.0.0.1 with a certificate of its own authority; gone when the test is over. */
export async function startMailServer(
  t: TestContext,
  settings: MailServerSettings = {},
): Promise<MailServer> {
  const { security = 'starttls', login = null, refuses = [] } = settings;
  const mails: ReceivedMail[] = [];
  const logins: string[] = [];
  const [key, cert] = await Promise.all(
    ['server.key.pem', 'server.pem'].map((name) => readFile(new URL(name, certificates))),
  );
  const options: SMTPServerOptions = {
    key,
    cert,
    secure: security === 'tls',
    disabledCommands: [...(security === 'starttls' ? [] : ['STARTTLS']), ...(login === null ? ['AUTH'] : [])],
    authOptional: login === null,
    allowInsecureAuth: security === 'none',
    disableReverseLookup: true,
    onAuth: ({ username = '', password }, _session, done) => {
      logins.push(username);
      if (username === login?.user && password === login.password) done(null, { user: username });
      else done(new Error('Invalid username or password'));
    },
    onMailFrom: (_address, { secure }, done) => {
      done(security === 'starttls' && !secure ? refusal(530, 'Must issue a STARTTLS command first') : null);
    },
    onRcptTo: ({ address }, _session, done) => {
      done(refuses.includes(address) ? refusal(550, 'No such mailbox') : null);
    },
    onData: (stream, { envelope, secure, user }, done) => {
      void text(stream).then((raw) => {
        const from = envelope.mailFrom === false ? '' : envelope.mailFrom.address;
        const to = envelope.rcptTo.map(({ address }) => address);
        mails.push({ from, to, secure, user, raw, ...parseMail(raw) });
        done();
      });
    },
  };
  const server = new SMTPServer(options);
  // Clients of these tests break connections off.
  server.on('error', () => {});
  await new Promise<void>((resolve) => server.listen(settings.port ?? 0, '127.0.0.1', resolve));
  const close = () => new Promise<void>((resolve) => server.close(() => resolve()));
  t.after(close);
  return { port: (server.server.address() as AddressInfo).port, mails, logins, close };
}

function refusal(responseCode: number, message: string): Error {
  return Object.assign(new Error(message), { responseCode });
}

function parseMail(raw: string): Pick<ReceivedMail, 'headers' | 'text'> {
  const end = raw.indexOf('\r\n\r\n');
  const lines = raw
    .slice(0, end)
    .replace(/\r\n[ \t]+/g, ' ')
    .split('\r\n');
  const headers = new Map(
    lines.map((line) => [
      line.slice(0, line.indexOf(':')).toLowerCase(),
      decodeWords(line.slice(line.indexOf(':') + 2)),
    ]),
  );
  return { headers, text: decodeBody(raw.slice(end + 4), headers.get('content-transfer-encoding') ?? '') };
}

function decodeWords(value: string): string {
  return value
    .replace(/(=\?[^?]+\?[BQ]\?[^?]*\?=)\s+(?==\?)/gi, '$1')
    .replace(/=\?utf-8\?([BQ])\?([^?]*)\?=/gi, (_all, encoding: string, word: string) =>
      encoding.toUpperCase() === 'B'
        ? Buffer.from(word, 'base64').toString()
        : fromQuoted(word.replaceAll('_', ' ')),
    );
}

function decodeBody(body: string, encoding: string): string {
  const decoded =
    encoding === 'base64'
      ? Buffer.from(body, 'base64').toString()
      : encoding === 'quoted-printable'
        ? fromQuoted(body)
        : body;
  return decoded.replaceAll('\r\n', '\n');
}

function fromQuoted(text: string): string {
  const bytes = text
    .replace(/=\r\n/g, '')
    .replace(/=([0-9A-F]{2})/gi, (_all, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString();
}
