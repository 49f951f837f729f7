import type { NotifyConfig } from '../config/configuration.ts';
import type { CheckResult } from '../platform/check-result.ts';
import { toIcError } from '../platform/errors.ts';
import type { Environment } from '../platform/proxy.ts';
import { exchange } from './http.ts';
import { networkFailure, type Receiver } from './network-failure.ts';

/** Whether whoever is to be notified can be reached. Nothing is sent, and no address that is a secret is asked for. */
export async function* checkNotify(
  { mail, webhook, ping }: NotifyConfig,
  env: Environment,
  signal: AbortSignal,
): AsyncGenerator<CheckResult> {
  if (mail !== null) {
    const login = mail.username === null ? '' : ` and the login of ${mail.username}`;
    yield await finding(
      'mail',
      `${mail.server}:${mail.port}`,
      `accepts the connection${login}`,
      signal,
      async () => {
        const { checkMailServer } = await import('./mail.ts');
        await checkMailServer(mail, signal);
      },
    );
  }
  if (webhook !== null) {
    const { webhookReceiver } = await import('./webhook.ts');
    yield await checkUrl('webhook', webhook.url, webhookReceiver(webhook), { env, signal });
  }
  if (ping !== null) {
    const { pingReceiver } = await import('./ping.ts');
    yield await checkUrl('ping', ping.url, pingReceiver(ping.url), { env, signal });
  }
}

/** Its host alone is asked: what is behind the address could take the question for a message. */
function checkUrl(
  subject: 'webhook' | 'ping',
  url: string,
  receiver: Receiver,
  { env, signal }: { readonly env: Environment; readonly signal: AbortSignal },
): Promise<CheckResult> {
  const message = { method: 'HEAD' as const, url: new URL('/', new URL(url).origin), body: null };
  return finding(
    subject,
    message.url.host,
    'answers; ic notify test shows whether the address is right',
    signal,
    () =>
      exchange(message, env, signal).catch((error: unknown) => {
        throw networkFailure(error, receiver);
      }),
  );
}

async function finding(
  subject: CheckResult['subject'],
  name: string,
  message: string,
  signal: AbortSignal,
  check: () => Promise<unknown>,
): Promise<CheckResult> {
  try {
    await check();
    return { subject, name, ok: true, message, hint: null };
  } catch (thrown) {
    signal.throwIfAborted();
    const error = toIcError(thrown);
    return { subject, name, ok: false, message: error.message, hint: error.hint, error };
  }
}
