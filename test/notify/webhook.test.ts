import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Notice } from '../../src/notify/notice.ts';
import { sendWebhook } from '../../src/notify/webhook.ts';
import { fastClock } from '../support/fast-clock.ts';
import { startReceiver } from './http-receiver.ts';

const secret = 'p4ss"w0rd';

const notice: Notice = {
  subject: 'hq failed: <!channel> & *all*',
  good: false,
  sections: [
    {
      heading: 'Transfer hq has begun to fail.',
      facts: [['What failed', `[click](http://evil.example) ${secret}`]],
    },
  ],
  footer: 'Run 5f0c2a91',
};
const summary = { command: 'pull', exit_code: 69, transfers: [{ error: { message: `with ${secret}` } }] };

async function posted(t: TestContext, format: 'json' | 'teams' | 'slack', sent = notice): Promise<unknown> {
  const server = await startReceiver(t);
  const context = { clock: fastClock(), env: {}, secrets: [secret] };
  const signal = new AbortController().signal;
  await sendWebhook({ url: `${server.url}/hook`, format }, { notice: sent, summary }, context, signal);
  const [request] = server.requests;
  assert.equal(request?.headers['content-type'], 'application/json');
  return JSON.parse(request.body);
}

test('json: the run’s document, with the message beside it', async (t) => {
  const body = (await posted(t, 'json')) as { notice: { text: string } };
  assert.deepEqual(body, {
    command: 'pull',
    exit_code: 69,
    transfers: [{ error: { message: 'with ***' } }],
    notice: { subject: 'hq failed: <!channel> & *all*', text: body.notice.text },
  });
  assert.match(body.notice.text, /What failed {2}\[click\]\(http:\/\/evil\.example\) \*\*\*\n/);
});

test('slack: plain text that mentions nobody', async (t) => {
  assert.deepEqual(await posted(t, 'slack'), {
    text: '[ic] hq failed: &lt;!channel&gt; &amp; *all*',
    mrkdwn: false,
    blocks: [
      { type: 'header', text: { type: 'plain_text', text: 'hq failed: <!channel> & *all*', emoji: false } },
      {
        type: 'section',
        text: {
          type: 'plain_text',
          text: 'Transfer hq has begun to fail.\nWhat failed: [click](http://evil.example) ***',
          emoji: false,
        },
      },
      { type: 'section', text: { type: 'plain_text', text: 'Run 5f0c2a91', emoji: false } },
    ],
  });
});

test('slack: nothing is longer than it takes', async (t) => {
  const long = 'x'.repeat(4000);
  const sections = Array.from({ length: 20 }, () => ({ heading: long, facts: [] }));
  const body = (await posted(t, 'slack', { ...notice, subject: long, sections })) as {
    blocks: { type: string; text: { text: string } }[];
  };
  assert.ok(body.blocks.length <= 50);
  for (const { type, text } of body.blocks) assert.ok(text.text.length <= (type === 'header' ? 150 : 3000));
});

test('teams: an adaptive card whose data is no Markdown', async (t) => {
  const body = (await posted(t, 'teams')) as {
    type: string;
    attachments: {
      contentType: string;
      contentUrl: null;
      content: { type: string; body: { type: string; inlines: object[] }[] };
    }[];
  };
  assert.equal(body.type, 'message');
  const [attachment] = body.attachments;
  assert.equal(attachment?.contentType, 'application/vnd.microsoft.card.adaptive');
  assert.equal(attachment.content.type, 'AdaptiveCard');
  assert.deepEqual(new Set(attachment.content.body.map(({ type }) => type)), new Set(['RichTextBlock']));
  assert.deepEqual(attachment.content.body[0]?.inlines, [
    {
      type: 'TextRun',
      text: '[ic] hq failed: <!channel> & *all*',
      weight: 'Bolder',
      size: 'Medium',
      color: 'Attention',
    },
  ]);
  assert.deepEqual(attachment.content.body[2]?.inlines, [
    { type: 'TextRun', text: 'What failed: ', weight: 'Bolder' },
    { type: 'TextRun', text: '[click](http://evil.example) ***' },
  ]);
});

test('teams: what it has no room for is counted', async (t) => {
  const sections = Array.from({ length: 20 }, (_, index) => ({
    heading: `Transfer t${index} has begun to fail.`,
    facts: [['What failed', 'ü'.repeat(900)] as const],
  }));
  const body = JSON.stringify(await posted(t, 'teams', { ...notice, sections }));
  assert.ok(Buffer.byteLength(body) < 24_000);
  assert.match(body, /Transfer t0 has begun[\s\S]*"\d+ transfers more in ic status\."/);
});
