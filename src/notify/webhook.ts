import type { NotifyConfig } from '../config/configuration.ts';
import { redact } from '../platform/redact.ts';
import { formatCount } from '../terminal/format.ts';
import { deliverOverHttp, type HttpContext } from './http.ts';
import type { Receiver } from './network-failure.ts';
import { type Notice, noticeText } from './notice.ts';

type WebhookConfig = NonNullable<NotifyConfig['webhook']>;

export interface WebhookMessage {
  readonly notice: Notice;
  /** The run's JSON document. */
  readonly summary: object;
}

/** Posts what happened in the form that the receiver takes. Throws an `IcError`, or the signal's reason. */
export async function sendWebhook(
  config: WebhookConfig,
  message: WebhookMessage,
  context: HttpContext & { readonly secrets: readonly string[] },
  signal: AbortSignal,
): Promise<void> {
  const text = JSON.stringify(withoutSecrets(payloads[config.format](message), context.secrets));
  const post = {
    method: 'POST' as const,
    url: new URL(config.url),
    body: { type: 'application/json', text },
  };
  await deliverOverHttp(post, webhookReceiver(config), context, signal);
}

export function webhookReceiver({ url }: WebhookConfig): Receiver {
  return {
    name: `the webhook at ${new URL(url).host}`,
    keys: 'url of [notify.webhook]',
    trust: "Add the authority's certificate to this machine's store.",
  };
}

const payloads: Readonly<Record<WebhookConfig['format'], (message: WebhookMessage) => object>> = {
  json: ({ notice, summary }) => ({
    ...summary,
    notice: { subject: notice.subject, text: noticeText(notice) },
  }),
  slack: ({ notice }) => slackMessage(notice),
  teams: ({ notice }) => teamsMessage(notice),
};

/** Slack refuses a section of more than 3000 characters, and a header of more than 150. */
const slackLimits = { section: 2900, header: 150 };

/** Plain text throughout: nothing that comes from a session may mention somebody or make a link. */
function slackMessage(notice: Notice): object {
  const plain = (text: string) => ({ type: 'plain_text', text, emoji: false });
  const header = notice.subject.slice(0, slackLimits.header).toWellFormed();
  return {
    text: `[ic] ${notice.subject}`.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;'),
    mrkdwn: false,
    blocks: [
      { type: 'header', text: plain(header) },
      ...slackSections(notice).map((text) => ({ type: 'section', text: plain(text) })),
    ],
  };
}

function slackSections({ sections, footer }: Notice): readonly string[] {
  const texts = sections.map(({ heading, facts }) =>
    [heading, ...facts.map(([label, value]) => `${label}: ${value}`)].join('\n'),
  );
  return [...texts, footer].map((text) => text.slice(0, slackLimits.section).toWellFormed());
}

/** Teams takes up to 28 KB, and some of its gateways less. */
const mostOfTeams = 20_000;

/** With as many transfers as it has room for. Those that fail come first. */
function teamsMessage(notice: Notice): object {
  for (let count = notice.sections.length; count > 1; count -= 1) {
    const card = teamsCard(notice, count);
    if (Buffer.byteLength(JSON.stringify(card)) <= mostOfTeams) return card;
  }
  return teamsCard(notice, 1);
}

/** An Adaptive Card of rich text, which Teams does not read as Markdown: data cannot become a link. */
function teamsCard(notice: Notice, count: number): object {
  const line = (...inlines: readonly object[]) => ({ type: 'RichTextBlock', inlines });
  const run = (text: string, style: object = {}) => ({ type: 'TextRun', text, ...style });
  const bold = { weight: 'Bolder' };
  const title = { ...bold, size: 'Medium', color: notice.good ? 'Good' : 'Attention' };
  const left = notice.sections.length - count;
  const sections = notice.sections
    .slice(0, count)
    .flatMap(({ heading, facts }) => [
      { ...line(run(heading, bold)), separator: true },
      ...facts.map(([label, value]) => line(run(`${label}: `, bold), run(value))),
    ]);
  const content = {
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    type: 'AdaptiveCard',
    version: '1.4',
    msteams: { width: 'Full' },
    body: [
      line(run(`[ic] ${notice.subject}`, title)),
      ...sections,
      ...(left > 0 ? [line(run(`${formatCount(left, 'transfer')} more in ic status.`))] : []),
      line(run(notice.footer, { isSubtle: true })),
    ],
  };
  const attachment = { contentType: 'application/vnd.microsoft.card.adaptive', contentUrl: null, content };
  return { type: 'message', attachments: [attachment] };
}

/** Taken out before anything is escaped: an escaped secret would no longer look like one. */
function withoutSecrets(value: unknown, secrets: readonly string[]): unknown {
  if (typeof value === 'string') return redact(value, secrets);
  if (Array.isArray(value)) return value.map((one) => withoutSecrets(one, secrets));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, withoutSecrets(inner, secrets)]),
  );
}
