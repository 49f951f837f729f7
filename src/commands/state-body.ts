import type { Configuration } from '../config/configuration.ts';
import { type Clock, toIso } from '../platform/clock.ts';
import { closing } from '../platform/closing.ts';
import { IcError } from '../platform/errors.ts';
import type { Kind } from '../platform/kinds.ts';
import { acquireLock } from '../platform/lock.ts';
import { transferLockName } from '../state/lock.ts';
import type { State, StateChange, TransferState } from '../state/state.ts';
import { openState } from '../state/store.ts';
import type { Arguments, CommandBody, CommandContext } from './command.ts';
import { parseInstant } from './instants.ts';
import { loadConfiguration } from './load-configuration.ts';
import { named } from './names.ts';
import { readKinds } from './pull-request.ts';
import { usageError } from './usage-error.ts';

/** `ic state show` */
export const showBody: CommandBody = async (arguments_, context) => {
  const configuration = await loadConfiguration(context);
  const state = await openToRead(configuration, context);
  await using _ = closing(state);
  const [name] = arguments_.positionals;
  const shown = name === undefined ? state.transfers() : [knownTransfer(state, name)];
  const { io, common } = context;
  if (common.json) {
    const transfers = shown.map((transfer) => toJson(state, transfer));
    io.output.write(
      `${JSON.stringify({ command: 'state show', exit_code: 0, path: configuration.state.path, transfers })}\n`,
    );
  } else if (!common.quiet) {
    io.output.write(
      shown.map((transfer) => describe(state, transfer, context.clock.now() / 1000)).join('\n') ||
        'The state is empty.\n',
    );
  }
  return 0;
};

/** `ic state rewind` */
export const rewindBody: CommandBody = async (arguments_, context) => {
  const to = arguments_.text('to');
  if (to === null) throw usageError('Say how far back: --to T.');
  const watermark = parseInstant(to, 'to', context.clock.now());
  const wanted = readKinds(arguments_.text('data'));
  return change(arguments_, context, 'state rewind', (transfer) => {
    const movable = [...transfer.kinds].filter(([, { watermark: present }]) => present !== null);
    const named = wanted === 'all' ? null : wanted;
    const unknown = named?.find((kind) => !movable.some(([known]) => known === kind));
    if (unknown !== undefined) {
      const known = movable.map(([kind]) => kind).join(', ') || 'no kind';
      throw usageError(`${transfer.name} has no watermark of ${unknown}, but of ${known}.`);
    }
    const kinds = movable.filter(([kind]) => named?.includes(kind) ?? true);
    const ahead = kinds.find(([, { watermark: present }]) => (present ?? 0) < watermark);
    if (ahead) {
      throw usageError(
        `The watermark of ${ahead[0]} is ${toIso(ahead[1].watermark ?? 0)} already: it goes back only.`,
      );
    }
    return {
      changes: kinds.map(([kind]) => ({ type: 'rewind', transfer: transfer.name, kind, watermark })),
      message: `${transfer.name}: the next pull looks again from ${toIso(watermark)}.`,
    };
  });
};

/** `ic state forget` */
export const forgetBody: CommandBody = (arguments_, context) =>
  change(arguments_, context, 'state forget', ({ name }, configuration) => {
    const next = configuration.transfers.has(name)
      ? "; the next pull goes on from what the destination itself has recorded, or begins at the transfer's start"
      : '';
    return { changes: [{ type: 'forget', transfer: name }], message: `${name} is forgotten${next}.` };
  });

interface Planned {
  readonly changes: readonly StateChange[];
  readonly message: string;
}

async function change(
  arguments_: Arguments,
  context: CommandContext,
  command: string,
  plan: (transfer: TransferState, configuration: Configuration) => Planned,
): Promise<number> {
  const configuration = await loadConfiguration(context);
  const name = arguments_.positionals[0] ?? '';
  const lock = await acquireLock(await transferLockName(configuration.state.path, name));
  if (lock === null) {
    throw new IcError('locked', `A run holds transfer ${name}.`, { hint: 'Try again when it has ended.' });
  }
  try {
    const state = await openToRead(configuration, context);
    await using _ = closing(state);
    const planned = plan(knownTransfer(state, name), configuration);
    await state.commit(planned.changes);
    report(context, command, planned.message);
    return 0;
  } finally {
    await lock.release();
  }
}

export function report({ io, common }: CommandContext, command: string, message: string): void {
  if (common.json) io.output.write(`${JSON.stringify({ command, exit_code: 0, message })}\n`);
  else if (!common.quiet) io.output.write(`${message}\n`);
}

export async function openToRead(configuration: Configuration, context: CommandContext): Promise<State> {
  const clock: Clock = context.clock;
  const state = await openState(configuration.state.path, { clock, signal: context.signal });
  for (const notice of state.notices) context.io.error.write(`ic: ${notice.message}\n`);
  return state;
}

function knownTransfer(state: State, name: string): TransferState {
  return named(
    new Map(state.transfers().map((transfer) => [transfer.name, transfer])),
    name,
    'transfer in its state',
  );
}

function toJson(state: State, transfer: TransferState) {
  const kinds = [...transfer.kinds].map(([kind, kindState]) => [
    kind,
    {
      watermark: optionalIso(kindState.watermark),
      swept_at: optionalIso(kindState.sweptAt),
      delivered: kindState.delivered,
      bytes: kindState.bytes,
      open: state.openSessions(transfer.name, kind).map((open) => ({
        lsid: open.lsid,
        start_time: optionalIso(open.startTime),
        first_seen: toIso(open.firstSeen),
      })),
      owed: owedJson(state, transfer.name, kind),
    },
  ]);
  const { name, site, destination } = transfer;
  return { name, site, destination, kinds: Object.fromEntries(kinds) };
}

function owedJson(state: State, transfer: string, kind: Kind) {
  return state.owed(transfer, kind).map((item) => ({
    lsid: item.lsid,
    instance: item.instance,
    status: item.status,
    reason: item.reason,
    since: toIso(item.since),
    attempts: item.attempts,
    next_try: toIso(item.nextTry),
  }));
}

/** Of the open sessions and of what is owed, in each kind. */
const mostShown = 10;

/** How far each kind is comes first: what is open or owed may be long. */
function describe(state: State, transfer: TransferState, now: number): string {
  const kinds = [...transfer.kinds].map(
    ([kind, { watermark, delivered, open, owed }]) =>
      `  ${kind}: watermark ${optionalIso(watermark) ?? 'none'}, delivered ${delivered}, open ${open}, owed ${owed}`,
  );
  const items = [...transfer.kinds.keys()].flatMap((kind) => [
    ...firstOf(state.openSessions(transfer.name, kind), `${kind} open`, ({ lsid, startTime }) => {
      return `open ${kind} ${lsid}, began ${optionalIso(startTime) ?? 'unknown'}`;
    }),
    ...firstOf(
      state.owed(transfer.name, kind),
      `${kind} owed`,
      ({ lsid, instance, reason, attempts, nextTry }) => {
        const next = nextTry <= now ? 'now' : toIso(nextTry);
        return `owed ${kind} ${lsid} instance ${instance}: ${reason}; ${attempts} attempts, next ${next}`;
      },
    ),
  ]);
  const head = `${transfer.name} (${transfer.site} to ${transfer.destination})`;
  return `${[head, ...kinds, ...items.map((line) => `    ${line}`)].join('\n')}\n`;
}

function firstOf<T>(all: readonly T[], what: string, describeOne: (item: T) => string): readonly string[] {
  const rest = all.length - mostShown;
  const more = rest > 0 ? [`and ${rest} more ${what}; --json has all`] : [];
  return [...all.slice(0, mostShown).map(describeOne), ...more];
}

function optionalIso(time: number | null): string | null {
  return time === null ? null : toIso(time);
}
