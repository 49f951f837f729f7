import { readFileSync } from 'node:fs';
import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { Appliance } from './appliance.ts';

/** An answer as it came over the wire. */
export interface Asked {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
  readonly text: string;
  /** False when the connection ended before the body did. */
  readonly complete: boolean;
}

export interface Question {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as a form. */
  readonly form?: Readonly<Record<string, string | number>>;
  readonly body?: string;
}

/** Asks with nothing but Node's own client; rejects when no answer began. */
export async function ask(appliance: Appliance, path: string, question: Question = {}): Promise<Asked> {
  const message = await begin(appliance, path, question);
  const chunks: Buffer[] = [];
  message.on('data', (chunk: Buffer) => chunks.push(chunk));
  await new Promise<void>((resolve) => {
    message.once('close', resolve);
    message.once('error', () => resolve());
  });
  const body = Buffer.concat(chunks);
  return {
    status: message.statusCode ?? 0,
    headers: message.headers,
    body,
    text: body.toString(),
    complete: message.complete,
  };
}

/** Asks, and resolves with the answer's headers and its body still to be read. */
export function begin(appliance: Appliance, path: string, question: Question = {}): Promise<IncomingMessage> {
  const body = question.form ? new URLSearchParams(texts(question.form)).toString() : question.body;
  const options = {
    agent: false,
    method: question.method ?? (body === undefined ? 'GET' : 'POST'),
    headers: {
      ...(question.form && { 'Content-Type': 'application/x-www-form-urlencoded' }),
      ...question.headers,
    },
    ...(appliance.caFile && { ca: readFileSync(appliance.caFile) }),
  };
  const request = appliance.caFile ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    request(new URL(path, appliance.url), options, resolve).on('error', reject).end(body);
  });
}

/** Asks for a token, and resolves with the answer. */
export function askToken(appliance: Appliance, secret: string = appliance.clientSecret): Promise<Asked> {
  const pair = Buffer.from(`${appliance.clientId}:${secret}`).toString('base64');
  return ask(appliance, '/oauth2/token', {
    headers: { Authorization: `Basic ${pair}` },
    form: { grant_type: 'client_credentials' },
  });
}

/** Calls the reporting API with a token of its own. */
export function askReport(
  appliance: Appliance,
  form: Readonly<Record<string, string | number>>,
): Promise<Asked> {
  return ask(appliance, '/api/reporting', { headers: signedIn(appliance), form });
}

/** A header with a valid token, straight from the appliance. */
export function signedIn(appliance: Appliance): { readonly Authorization: string } {
  return { Authorization: `Bearer ${appliance.tokens.valid().at(-1) ?? appliance.tokens.issue()}` };
}

function texts(form: Readonly<Record<string, string | number>>): Record<string, string> {
  return Object.fromEntries(Object.entries(form).map(([name, value]) => [name, String(value)]));
}
