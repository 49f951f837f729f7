import type { NotifyConfig } from '../config/configuration.ts';
import type { HttpContext } from './http.ts';
import type { WebhookMessage } from './webhook.ts';

export interface ChannelContext extends HttpContext {
  readonly secrets: readonly string[];
}

/** A way to reach people; each is loaded when it has something to say. */
export interface Channel {
  /** Under this name the state remembers what it has told. */
  readonly name: 'mail' | 'webhook';
  /** For people: `mail.example.com:587`, `hooks.example.com`. */
  readonly receiver: string;
  /** Resolves with what went wrong beside, or null. Throws an `IcError`, or the signal's reason. */
  send(message: WebhookMessage, signal: AbortSignal): Promise<string | null>;
}

export function channelsOf({ mail, webhook }: NotifyConfig, context: ChannelContext): readonly Channel[] {
  const channels: Channel[] = [];
  if (mail !== null) {
    channels.push({
      name: 'mail',
      receiver: `${mail.server}:${mail.port}`,
      send: async ({ notice }, signal) => {
        const { sendMail } = await import('./mail.ts');
        const rejected = await sendMail(mail, notice, context, signal);
        return rejected.length === 0
          ? null
          : `The mail server does not take mail for ${rejected.join(', ')}.`;
      },
    });
  }
  if (webhook !== null) {
    channels.push({
      name: 'webhook',
      receiver: new URL(webhook.url).host,
      send: async (message, signal) => {
        const { sendWebhook } = await import('./webhook.ts');
        await sendWebhook(webhook, message, context, signal);
        return null;
      },
    });
  }
  return channels;
}
