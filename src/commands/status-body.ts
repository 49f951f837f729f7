import { resolve } from 'node:path';
import type { Configuration } from '../config/configuration.ts';
import type { UnixSeconds } from '../platform/clock.ts';
import { closing } from '../platform/closing.ts';
import { exitCodes, toIcError } from '../platform/errors.ts';
import type { State } from '../state/state.ts';
import { openState } from '../state/store.ts';
import type { Arguments, CommandBody, CommandContext } from './command.ts';
import { parseSpan } from './instants.ts';
import { loadConfiguration } from './load-configuration.ts';
import { chosen } from './names.ts';
import { toneOfStatus, verdictOn, wordsOf } from './status-blocks.ts';
import { factsOf, standingOf, type TransferStatus } from './status-facts.ts';
import { nagiosReport, nagiosUnknown } from './status-nagios.ts';
import { notesOf } from './status-notes.ts';
import { printStatus } from './status-output.ts';
import { usageError } from './usage-error.ts';

/** `ic status`: asks only the state, never a network. */
export const statusBody: CommandBody = async (arguments_, context) => {
  const request = readRequest(arguments_, context);
  if (!request.isNagios) return await report(request, context);
  const { line, exitCode } = await forNagios(request, context);
  context.io.output.write(`${line}\n`);
  return exitCode;
};

interface StatusRequest {
  readonly words: readonly string[];
  readonly failing: boolean;
  /** Seconds. */
  readonly maxAge: number | null;
  readonly page: string | null;
  readonly isNagios: boolean;
}

function readRequest(arguments_: Arguments, { common }: CommandContext): StatusRequest {
  const maxAge = arguments_.text('max-age');
  const page = arguments_.text('html');
  const isNagios = arguments_.text('format') === 'nagios';
  if (page === '-' && common.json)
    throw usageError('--html - and --json both write to standard output: give the page a file.');
  if (isNagios && (common.json || page === '-'))
    throw usageError('--format nagios is a line on standard output: leave out --json and --html -.');
  return {
    words: arguments_.positionals,
    failing: arguments_.flag('failing'),
    maxAge: maxAge === null ? null : parseSpan(maxAge, 'max-age'),
    page,
    isNagios,
  };
}

/** What a command found, and what it found it with. */
interface Found {
  readonly statuses: readonly TransferStatus[];
  readonly now: UnixSeconds;
}

async function report(request: StatusRequest, context: CommandContext): Promise<number> {
  const { page, failing } = request;
  const { statuses, now } = await find(request, context);
  const exitCode = statuses.some(({ tooOld }) => tooOld) ? exitCodes.partial : 0;
  await printStatus(context, { statuses, now, exitCode, onlyFailing: failing, isPagePrinted: page === '-' });
  return exitCode;
}

/** A monitor understands no other codes: what kept the command from its work is unknown to it. */
async function forNagios(request: StatusRequest, context: CommandContext) {
  try {
    const { statuses, now } = await find(request, context);
    return nagiosReport(statuses, now, request.maxAge);
  } catch (error) {
    context.signal.throwIfAborted();
    return nagiosUnknown(toIcError(error).message);
  }
}

async function find(request: StatusRequest, context: CommandContext): Promise<Found> {
  const configuration = await loadConfiguration(context);
  const transfers = chosen(configuration.transfers, request.words, 'transfer');
  const statePath = configuration.state.path;
  const state = await openState(statePath, { clock: context.clock, signal: context.signal });
  await using _ = closing(state);
  for (const notice of state.notices) {
    if (notice.level === 'warn') context.io.error.write(`ic: ${notice.message}\n`);
  }
  const now = Math.floor(context.clock.now() / 1000);
  const options = { state, statePath, now, maxAge: request.maxAge };
  const all = await Promise.all(transfers.map((transfer) => factsOf(transfer, options)));
  const statuses = request.failing ? all.filter((status) => standingOf(status, now) !== 'well') : all;
  if (request.page !== null)
    await writePage(request.page, await renderPage({ statuses, now }, configuration, state), context);
  return { statuses, now };
}

async function renderPage({ statuses, now }: Found, { file }: Configuration, state: State): Promise<string> {
  const [{ hostname }, { version }, { renderStatusPage }] = await Promise.all([
    import('node:os'),
    import('../platform/version.ts'),
    import('../terminal/page/status-page.ts'),
  ]);
  const transfers = statuses.map((status) => ({
    name: status.transfer.name,
    site: status.transfer.site,
    destination: status.transfer.destination,
    state: wordsOf(status),
    tone: toneOfStatus(status),
    notes: notesOf(status, now),
    known: status.known,
    nextDue: status.nextDue,
    days: state.days(status.transfer.name),
    runs: state.runs(status.transfer.name),
  }));
  return renderStatusPage(transfers, {
    now,
    machine: hostname(),
    configuration: file,
    version,
    verdict: verdictOn(statuses.map((status) => standingOf(status, now))),
  });
}

async function writePage(
  file: string,
  page: string,
  { io, workingDirectory }: CommandContext,
): Promise<void> {
  if (file === '-') {
    io.output.write(page);
    return;
  }
  const { writeOutputFile } = await import('../platform/output-file.ts');
  await writeOutputFile(resolve(workingDirectory, file), Buffer.from(page));
}
