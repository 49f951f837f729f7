import { hostname } from 'node:os';
import type { Configuration } from '../config/configuration.ts';
import type { UnixSeconds } from '../platform/clock.ts';
import type { Logger } from '../platform/logger.ts';
import { isHeldTooLong, type TransferResult } from '../pull/result.ts';
import type { State, StateChange } from '../state/state.ts';
import { type Channel, type ChannelContext, channelsOf } from './channels.ts';
import { type Decision, decide, untold } from './decide.ts';
import { explain } from './explain.ts';
import { composeNotice, type Told } from './notice.ts';
import { forgetAside, recallAside, rememberAside } from './spare-memory.ts';

/** A pull that is over, and recorded as far as that was possible. */
export interface EndedRun {
  readonly id: string;
  readonly startedAt: UnixSeconds;
  readonly exitCode: number;
  readonly results: readonly TransferResult[];
  /** The run's JSON document. */
  readonly summary: object;
}

export interface NotifyContext extends Omit<ChannelContext, 'secrets'> {
  readonly configuration: Configuration;
  /** Null when it could not be opened. */
  readonly state: State | null;
  readonly logger: Logger;
}

/**
 * Tells people what `on` asks for: one message per run and channel, whatever the number of transfers. What could not
 * be sent is logged, and told by the next run. Never rejects.
 */
export async function notifyPeople(
  run: EndedRun,
  context: NotifyContext,
  signal: AbortSignal,
): Promise<void> {
  const { configuration, logger } = context;
  const channels = channelsOf(configuration.notify, { ...context, secrets: configuration.secrets });
  try {
    const changes = await Promise.all(channels.map((channel) => tell(channel, run, context, signal)));
    await remember(changes.flat(), context);
  } catch (error) {
    logger.warn(`What was told is not remembered, and may be told again: ${explain(error)}`);
  }
}

type Notified = Extract<StateChange, { readonly type: 'notified' }>;
type Decided = Decision & { readonly result: TransferResult };

/** What is to be remembered of it. */
async function tell(
  channel: Channel,
  run: EndedRun,
  context: NotifyContext,
  signal: AbortSignal,
): Promise<readonly Notified[]> {
  const decided = await Promise.all(run.results.map((result) => decideFor(channel, result, run, context)));
  const isSent = await send(channel, decided, run, context, signal);
  return decided.flatMap((decision) => {
    const at = isSent || decision.tell === null ? decision.remember : unsent(decision);
    const { name: transfer } = decision.result;
    return at === undefined ? [] : [{ type: 'notified', transfer, channel: channel.name, at }];
  });
}

/** A failure that is over before it could be told is told then; everything else is decided anew by the next run. */
function unsent({ tell: occasion }: Decision): UnixSeconds | undefined {
  return occasion === 'failure' ? untold : undefined;
}

async function decideFor(
  channel: Channel,
  result: TransferResult,
  run: EndedRun,
  context: NotifyContext,
): Promise<Decided> {
  const { configuration, state } = context;
  const known = state?.transfer(result.name)?.notifiedAt.get(channel.name);
  const notifiedAt = known ?? (await toldAside(channel, result.name, run, context));
  const every = configuration.transfers.get(result.name)?.every ?? 0;
  const status = isHeldTooLong(result) ? 'failed' : result.status;
  const standing = { status, notifiedAt, every };
  return { result, ...decide(standing, configuration.notify.on, run.startedAt) };
}

/** What was remembered aside counts as long as the state has recorded no run since then but this one. */
async function toldAside(
  channel: Channel,
  transfer: string,
  run: EndedRun,
  { configuration, state }: NotifyContext,
): Promise<UnixSeconds | null> {
  const told = await recallAside({ statePath: configuration.state.path, transfer, channel: channel.name });
  const before = state?.runs(transfer).find(({ id }) => id !== run.id);
  return told !== null && (before === undefined || before.startedAt < told) ? told : null;
}

/** Whether everything that was to be told has been. */
async function send(
  channel: Channel,
  decided: readonly Decided[],
  run: EndedRun,
  context: NotifyContext,
  signal: AbortSignal,
): Promise<boolean> {
  const told = decided.flatMap((decision) => toldOf(decision, context));
  if (told.length === 0) return true;
  const { clock, configuration, logger } = context;
  const notice = composeNotice(told, {
    runId: run.id,
    machine: hostname(),
    now: Math.floor(clock.now() / 1000),
    exitCode: run.exitCode,
    secrets: configuration.secrets,
  });
  try {
    const remark = await channel.send({ notice, summary: run.summary }, signal);
    logger.info(`Told by ${channel.name}: ${notice.subject}`);
    if (remark !== null) logger.warn(remark);
    return true;
  } catch (error) {
    logger.warn(`Not told by ${channel.name}, the next run tries again: ${explain(error)}`);
    return false;
  }
}

function toldOf(
  { tell: occasion, result }: Decided,
  { configuration, state }: NotifyContext,
): readonly Told[] {
  if (occasion === null) return [];
  const host = configuration.sites.get(result.site)?.host ?? '';
  const known = state?.transfer(result.name) ?? null;
  return [{ occasion, result, known, owed: state?.owed(result.name) ?? [], host }];
}

/** In the state; where that cannot be written, or knows nothing of a transfer yet, aside. */
async function remember(
  changes: readonly Notified[],
  { configuration, state }: NotifyContext,
): Promise<void> {
  const known = changes.filter(({ transfer }) => state?.transfer(transfer));
  const committed = await state?.commit(known).then(
    () => true,
    () => false,
  );
  for (const change of changes) {
    const what = { ...change, statePath: configuration.state.path };
    if (committed && known.includes(change)) await forgetAside(what);
    else if (change.at !== null) await rememberAside(what, change.at);
  }
}
