import type { Configuration, DestinationConfig } from '../config/configuration.ts';
import type { Sealing, StoredItem, StoredProblem, Verification } from '../destinations/verification.ts';
import { toIcError } from '../platform/errors.ts';
import { silentLogger } from '../platform/logger.ts';
import type { Arguments, CommandBody, CommandContext } from './command.ts';
import { parsePeriod } from './instants.ts';
import { loadConfiguration } from './load-configuration.ts';
import { chosen, isPattern } from './names.ts';
import { usageError } from './usage-error.ts';
import type { Repair } from './verify-repair.ts';
import { type DestinationReport, printVerification } from './verify-report.ts';

/** `ic verify`: each destination in turn, every problem as it is found. */
export const verifyBody: CommandBody = async (arguments_, context) => {
  const options = readOptions(arguments_, context.clock.now());
  const configuration = await loadConfiguration(context);
  const reports: DestinationReport[] = [];
  for (const config of chosenOf(arguments_, configuration)) {
    const report = await withKnown(await verifyOne(config, options, context), config, configuration, context);
    reports.push(isWhole(options) ? await withEmptied(report, configuration, context) : report);
  }
  const repaired = options.repair ? await repair(configuration, reports, context) : null;
  return printVerification(reports, repaired, context);
};

interface Options {
  readonly sample: number | undefined;
  readonly since: number | undefined;
  readonly until: number | undefined;
  readonly concurrency: number | undefined;
  readonly repair: boolean;
  readonly seal: boolean;
}

function readOptions(arguments_: Arguments, now: number): Options {
  if (arguments_.flag('repair') && arguments_.flag('seal'))
    throw usageError('--repair and --seal exclude each other: is what was found wrong, or right?');
  const { since, until } = parsePeriod(arguments_, now);
  return {
    sample: readSample(arguments_.text('sample')),
    since: since ?? undefined,
    until: until ?? undefined,
    concurrency: readJobs(arguments_.text('jobs')),
    repair: arguments_.flag('repair'),
    seal: arguments_.flag('seal'),
  };
}

function readSample(text: string | null): number | undefined {
  if (text === null) return undefined;
  const part = text.endsWith('%') ? Number(text.slice(0, -1)) / 100 : Number(text);
  if (part > 0 && part <= 1) return part;
  throw usageError(`--sample ${text} is no part. Write 5% or 0.05.`);
}

function readJobs(text: string | null): number | undefined {
  if (text === null) return undefined;
  const jobs = Number(text);
  if (Number.isInteger(jobs) && jobs >= 1 && jobs <= 64) return jobs;
  throw usageError(`--jobs ${text} is no number from 1 to 64.`);
}

/** Programs are left out, unless one is named: only they know what they hold. */
function chosenOf({ positionals }: Arguments, { destinations }: Configuration): readonly DestinationConfig[] {
  const program = positionals.find((name) => !isPattern(name) && destinations.get(name)?.type === 'program');
  if (program !== undefined)
    throw usageError(`Destination ${program} is a program: only it knows what it holds.`);
  return chosen(destinations, positionals, 'destination').filter(({ type }) => type !== 'program');
}

async function verifyOne(
  config: DestinationConfig,
  options: Options,
  context: CommandContext,
): Promise<DestinationReport> {
  const problems: StoredProblem[] = [];
  const verification = await begin(config, options, context);
  let sealing: Sealing | null = null;
  try {
    if (options.seal) sealing = await seal(config, context);
    for await (const problem of verification.problems) problems.push(problem);
    return { name: config.name, ...verification.totals, problems, sealing, error: null };
  } catch (error) {
    context.signal.throwIfAborted();
    return { name: config.name, ...verification.totals, problems, sealing, error: toIcError(error) };
  }
}

/** Null for archives: their manifests have known every file's content from the beginning. */
async function seal(config: DestinationConfig, { signal, clock }: CommandContext): Promise<Sealing | null> {
  switch (config.type) {
    case 'sqlite': {
      const { sealSqlite } = await import('../destinations/sqlite/verify.ts');
      return sealSqlite(config, { clock, signal });
    }
    case 'sql-server': {
      const { sealSqlServer } = await import('../destinations/sql-server/verify.ts');
      return sealSqlServer(config, { clock, logger: silentLogger, signal });
    }
    default:
      return null;
  }
}

/** A sample, or a period, may hold nothing. */
function isWhole({ sample, since, until }: Options): boolean {
  return sample === undefined && since === undefined && until === undefined;
}

/** What the state says against a destination that could be read. */
async function withKnown(
  report: DestinationReport,
  config: DestinationConfig,
  configuration: Configuration,
  context: CommandContext,
): Promise<DestinationReport> {
  if (report.error !== null) return report;
  const { unlikeKnown } = await import('./verify-known.ts');
  const problems = await unlikeKnown(configuration, config, context);
  return { ...report, problems: [...report.problems, ...problems] };
}

/** Only where nothing at all was found, good or bad. */
async function withEmptied(
  report: DestinationReport,
  configuration: Configuration,
  context: CommandContext,
): Promise<DestinationReport> {
  if (report.files > 0 || report.problems.length > 0 || report.error !== null) return report;
  const { emptied } = await import('./verify-known.ts');
  const problem = await emptied(configuration, report.name, context);
  return problem === null ? report : { ...report, problems: [problem] };
}

async function begin(
  config: DestinationConfig,
  options: Options,
  context: CommandContext,
): Promise<Verification> {
  const { signal, clock } = context;
  switch (config.type) {
    case 'file-system': {
      const { verifyArchive } = await import('../destinations/file-system/verify.ts');
      return verifyArchive(config, { ...options, signal });
    }
    case 'sqlite': {
      const { verifySqlite } = await import('../destinations/sqlite/verify.ts');
      return verifySqlite(config, { clock, signal });
    }
    case 'sql-server': {
      const { verifySqlServer } = await import('../destinations/sql-server/verify.ts');
      return verifySqlServer(config, { clock, logger: silentLogger, signal });
    }
    default:
      throw new Error(`Destinations of type ${config.type} cannot be verified`);
  }
}

/** Owes again what can be fetched again. Damaged files are set aside first, so that the new one finds its name free. */
async function repair(
  configuration: Configuration,
  reports: readonly DestinationReport[],
  context: CommandContext,
): Promise<Repair> {
  const { repairArchive } = await import('./verify-repair.ts');
  const damaged = reports.flatMap((report) =>
    report.problems.flatMap((problem) =>
      problem.item === null
        ? []
        : [{ destination: report.name, problem: problem as StoredProblem & { item: StoredItem } }],
    ),
  );
  return repairArchive(configuration, damaged, context);
}
