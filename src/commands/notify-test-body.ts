import { hostname } from 'node:os';
import type { Configuration } from '../config/configuration.ts';
import { channelsOf } from '../notify/channels.ts';
import type { Notice } from '../notify/notice.ts';
import { toIso } from '../platform/clock.ts';
import { IcError, toIcError } from '../platform/errors.ts';
import { colorsOf, mark } from '../terminal/colors.ts';
import type { CommandBody, CommandContext } from './command.ts';
import { loadConfiguration } from './load-configuration.ts';

/** `ic notify test`: every channel side by side; the exit code is that of the first that failed. */
export const notifyTestBody: CommandBody = async (_arguments, context) => {
  const configuration = await loadConfiguration(context);
  const tests = testsOf(configuration, context);
  if (tests.length === 0) {
    throw new IcError(
      'configuration',
      'Nobody is notified: neither mail nor webhook nor ping is configured.',
      {
        hint: `Write [notify.mail], [notify.webhook] or [notify.ping] into ${configuration.file}.`,
      },
    );
  }
  const outcomes = await Promise.all(tests.map((test) => run(test, context.signal)));
  context.signal.throwIfAborted();
  return report(outcomes, context);
};

interface Test {
  readonly channel: 'mail' | 'webhook' | 'ping';
  readonly receiver: string;
  /** Resolves with a remark, or null. */
  send(signal: AbortSignal): Promise<string | null>;
}

interface TestOutcome {
  readonly channel: Test['channel'];
  readonly name: string;
  readonly error: IcError | null;
  readonly remark: string | null;
}

function testsOf(configuration: Configuration, context: CommandContext): readonly Test[] {
  const { notify, secrets } = configuration;
  const { clock, environment: env } = context;
  const message = testMessage(context);
  const tests: Test[] = channelsOf(notify, { clock, env, secrets }).map((channel) => ({
    channel: channel.name,
    receiver: channel.receiver,
    send: (signal) => channel.send(message, signal),
  }));
  const { ping } = notify;
  if (ping !== null) {
    const send = async (signal: AbortSignal) => {
      const { sendPing } = await import('../notify/ping.ts');
      await sendPing(ping.url, { type: 'success' }, { clock, env }, signal);
      return null;
    };
    tests.push({ channel: 'ping', receiver: new URL(ping.url).host, send });
  }
  return tests;
}

function testMessage({ clock }: CommandContext) {
  const at = toIso(clock.now() / 1000);
  const machine = hostname();
  const notice: Notice = {
    subject: `Test from ${machine}`,
    good: true,
    sections: [
      {
        heading: 'This is a test: notifications of ic arrive here.',
        facts: [
          ['Machine', machine],
          ['Time', at],
        ],
      },
    ],
    footer: 'Nothing has happened, and nothing need be done.',
  };
  return { notice, summary: { command: 'notify test', at } };
}

async function run({ channel, receiver, send }: Test, signal: AbortSignal): Promise<TestOutcome> {
  try {
    return { channel, name: receiver, error: null, remark: await send(signal) };
  } catch (error) {
    return { channel, name: receiver, error: toIcError(error), remark: null };
  }
}

async function report(outcomes: readonly TestOutcome[], { io, common }: CommandContext): Promise<number> {
  const failure = outcomes.find(({ error }) => error !== null)?.error ?? null;
  const exitCode = failure?.exitCode ?? 0;
  if (common.json) {
    const channels = outcomes.map(toJson);
    const error = failure?.toSummary() ?? null;
    io.output.write(`${JSON.stringify({ command: 'notify test', exit_code: exitCode, channels, error })}\n`);
    return exitCode;
  }
  const stream = common.quiet ? io.error : io.output;
  const colors = await colorsOf(stream);
  for (const outcome of outcomes) {
    if (common.quiet && outcome.error === null) continue;
    const { ok, message, hint } = toJson(outcome);
    stream.write(`${mark(colors, ok ? 'ok' : 'fail')}  ${outcome.channel} ${outcome.name}: ${message}\n`);
    if (hint !== null) stream.write(`      ${hint}\n`);
  }
  return exitCode;
}

function toJson({ channel, name, error, remark }: TestOutcome) {
  const message = error?.message ?? remark ?? 'sent';
  return { channel, name, ok: error === null, message, hint: error?.hint ?? null };
}
