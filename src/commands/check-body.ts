import type { Configuration } from '../config/configuration.ts';
import { ConfigurationError, describeProblem, type Problem } from '../config/problem.ts';
import { type ConfigurationWarning, configurationWarnings } from '../config/warnings.ts';
import type { CheckResult } from '../destinations/destination.ts';
import { closing } from '../platform/closing.ts';
import { toIcError } from '../platform/errors.ts';
import { silentLogger } from '../platform/logger.ts';
import type { State } from '../state/state.ts';
import { openState } from '../state/store.ts';
import { checkLog, checkMetrics, tryState } from './check-files.ts';
import { checkRecords } from './check-records.ts';
import { CheckReport } from './check-report.ts';
import { checkRights } from './check-rights.ts';
import type { Arguments, CommandBody, CommandContext } from './command.ts';
import { createDestination } from './destinations.ts';
import { loadConfiguration } from './load-configuration.ts';
import { chosen as chosenOf, named } from './names.ts';

/** `ic check`: each finding is told as soon as it is there; the exit code is that of the first failure. */
export const checkBody: CommandBody = async (arguments_, context) => {
  const report = await CheckReport.begin(context);
  try {
    const configuration = await loadConfiguration(context);
    const wanted = chosen(arguments_, configuration);
    for await (const result of everything(configuration, wanted, context)) report.add(result);
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    for (const problem of error.problems) report.add(fromProblem(problem, error));
  }
  return report.end();
};

interface Wanted {
  readonly offline: boolean;
  readonly sites: readonly string[];
  readonly destinations: readonly string[];
  /** Nothing was named: mail and the like are tested too. */
  readonly all: boolean;
}

function chosen(arguments_: Arguments, configuration: Configuration): Wanted {
  const site = arguments_.text('site');
  const destination = arguments_.text('destination');
  const all = site === null && destination === null;
  const namesOf = <T extends { readonly name: string }>(
    known: ReadonlyMap<string, T>,
    word: string | null,
    what: string,
  ) =>
    word === null && !all ? [] : chosenOf(known, word === null ? [] : [word], what).map(({ name }) => name);
  return {
    offline: arguments_.flag('offline'),
    sites: namesOf(configuration.sites, site, 'site'),
    destinations: namesOf(configuration.destinations, destination, 'destination'),
    all,
  };
}

async function* everything(
  configuration: Configuration,
  wanted: Wanted,
  context: CommandContext,
): AsyncGenerator<CheckResult> {
  yield found('configuration', configuration.file, 'is valid');
  for (const warning of await configurationWarnings(configuration, context.platform))
    yield fromWarning(warning);
  const state = yield* checkState(configuration, context);
  await using _ = closing({ close: () => state?.close() });
  yield* checkLog(configuration.log);
  yield* checkMetrics(configuration.metrics);
  yield* checkRights(configuration);
  if (wanted.offline) {
    yield* checkConnectionStrings(configuration, wanted.destinations);
    return;
  }
  for (const name of wanted.sites) yield* checkSite(configuration, name, context);
  for (const name of wanted.destinations) {
    const isSound = yield* checkDestination(configuration, name, context);
    if (isSound && state !== null) yield* checkRecords(configuration, name, state, context);
  }
  if (!wanted.all) return;
  const { checkNotify } = await import('../notify/check.ts');
  yield* checkNotify(configuration.notify, context.environment, context.signal);
}

/** Returns the state, or null when it cannot be read or written. */
async function* checkState(
  configuration: Configuration,
  context: CommandContext,
): AsyncGenerator<CheckResult, State | null> {
  const { path } = configuration.state;
  try {
    const state = await openState(path, { clock: context.clock, signal: context.signal });
    try {
      for (const notice of state.notices) {
        yield { ...found('state', path, notice.message), warning: notice.level === 'warn' };
      }
      await tryState(path);
    } catch (error) {
      state.close();
      throw error;
    }
    if (state.notices.length === 0) yield found('state', path, 'is whole');
    return state;
  } catch (error) {
    yield failed('state', path, error);
    return null;
  }
}

/** As far as that goes without a network. */
async function* checkConnectionStrings(
  configuration: Configuration,
  names: readonly string[],
): AsyncGenerator<CheckResult> {
  for (const name of names) {
    const config = configuration.destinations.get(name);
    if (config?.type !== 'sql-server') continue;
    const { parseConnectionString } = await import('../destinations/sql-server/connection-settings.ts');
    try {
      parseConnectionString(config.connectionString, name);
    } catch (error) {
      yield failed('destination', name, error);
    }
  }
}

export async function* checkSite(
  configuration: Configuration,
  name: string,
  context: CommandContext,
): AsyncGenerator<CheckResult> {
  const { checkSite: check } = await import('../appliance/health.ts');
  const site = named(configuration.sites, name, 'site');
  const transfers = [...configuration.transfers.values()].filter((transfer) => transfer.site === name);
  const kinds = new Set(transfers.flatMap((transfer) => transfer.data));
  const { clock, random, environment: env, signal } = context;
  try {
    yield* check(site, kinds, { clock, random, env }, signal);
  } catch (error) {
    signal.throwIfAborted();
    yield failed('site', name, error);
  }
}

/** Returns whether nothing stands in a pull's way, and there is something to ask. */
export async function* checkDestination(
  configuration: Configuration,
  name: string,
  context: CommandContext,
): AsyncGenerator<CheckResult, boolean> {
  const config = named(configuration.destinations, name, 'destination');
  const transfers = [...configuration.transfers.values()].filter((transfer) => transfer.destination === name);
  const [first] = transfers;
  try {
    const destination = await createDestination(config, {
      transfer: first?.name ?? 'check',
      site: first?.site ?? '',
      kinds: [...new Set(transfers.flatMap((transfer) => transfer.data))],
      clock: context.clock,
      logger: silentLogger,
    });
    try {
      let isSound = true;
      for await (const result of destination.check(context.signal)) {
        isSound &&= result.ok;
        yield result;
      }
      return isSound;
    } finally {
      await destination.close();
    }
  } catch (error) {
    context.signal.throwIfAborted();
    yield failed('destination', name, error);
    return false;
  }
}

function found(subject: CheckResult['subject'], name: string, message: string): CheckResult {
  return { subject, name, ok: true, message, hint: null };
}

function failed(subject: CheckResult['subject'], name: string, thrown: unknown): CheckResult {
  const error = toIcError(thrown);
  return { subject, name, ok: false, message: error.message, hint: error.hint, error };
}

function fromWarning({ section, key, message, remedy }: ConfigurationWarning): CheckResult {
  const name = [section === null ? '' : `[${section}]`, key ?? ''].filter(Boolean).join(' ');
  return { subject: 'configuration', name, ok: true, warning: true, message, hint: remedy };
}

function fromProblem(problem: Problem, error: ConfigurationError): CheckResult {
  return {
    subject: 'configuration',
    name: error.file,
    ok: false,
    message: describeProblem(problem),
    hint: problem.remedy,
    error,
  };
}
