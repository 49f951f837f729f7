import type { Sealing, StoredProblem } from '../destinations/verification.ts';
import { exitCodes, type IcError } from '../platform/errors.ts';
import { colorsOf, noColors, type Tone, toned } from '../terminal/colors.ts';
import { formatBytes, formatCount } from '../terminal/format.ts';
import { type Column, type Row, renderTable, type TableOptions } from '../terminal/table.ts';
import type { CommandContext } from './command.ts';
import { printError } from './print-error.ts';
import type { Repair } from './verify-repair.ts';

/** What was found in one destination. */
export interface DestinationReport {
  readonly name: string;
  readonly files: number;
  readonly bytes: number;
  /** Records of a database whose content was not noted at delivery. */
  readonly unsealed: number;
  readonly problems: readonly StoredProblem[];
  /** Null unless it is a database that was to be sealed. */
  readonly sealing: Sealing | null;
  readonly error: IcError | null;
}

/** Prints what was found, for a person or a program, and returns the exit code. */
export async function printVerification(
  reports: readonly DestinationReport[],
  repaired: Repair | null,
  context: CommandContext,
): Promise<number> {
  const { io, common } = context;
  const failed = reports.find((report) => report.error !== null)?.error ?? null;
  const damaged = reports.some((report) => report.problems.length > 0);
  const exitCode = damaged ? exitCodes.io : (failed?.exitCode ?? 0);
  if (common.json) {
    const destinations = reports.map(({ name, files, bytes, unsealed, problems, sealing, error }) => ({
      name,
      files,
      bytes,
      unsealed,
      sealed: sealing === null ? null : { ...sealing, total: sealedIn(sealing) },
      problems: [...problems, ...unlooked(name, error)].map(({ kind, path, message }) => ({
        kind,
        path,
        message,
      })),
      error: error?.toSummary() ?? null,
    }));
    const { corrected, owed, beyondRepair } = repaired ?? { corrected: 0, owed: 0, beyondRepair: 0 };
    const document = {
      command: 'verify',
      exit_code: exitCode,
      destinations,
      corrected,
      owed_again: owed,
      beyond_repair: beyondRepair,
    };
    io.output.write(`${JSON.stringify({ ...document, error: failed?.toSummary() ?? null })}\n`);
    return exitCode;
  }
  for (const { error } of reports) {
    if (error !== null) printError(io, error);
  }
  if (!common.quiet || exitCode !== 0) {
    const options = { width: io.output.columns, colors: await colorsOf(io.output) };
    io.output.write(describe(reports, repaired, options));
  }
  return exitCode;
}

function sealedIn({ completed, changed, removed }: Sealing): number {
  return completed + changed + removed;
}

/** What could not be looked at stands among the problems too, for whoever asks only whether there are any. */
function unlooked(name: string, error: IcError | null): readonly StoredProblem[] {
  return error === null ? [] : [{ kind: 'unreadable', path: name, message: error.message, item: null }];
}

const columns: readonly Column[] = [
  { heading: 'destination', groups: true },
  { heading: 'problem' },
  { heading: 'where' },
  { heading: 'what', sentence: true },
];

/** Of each kind of problem in each destination: thousands say no more than the first ones and their number. */
const mostShown = 20;

function describe(
  reports: readonly DestinationReport[],
  repaired: Repair | null,
  options: TableOptions,
): string {
  const shown = reports.flatMap(({ name, problems }) =>
    [...Map.groupBy(problems, ({ kind }) => kind)].map(([kind, all]) => ({ name, kind, all })),
  );
  const rows = shown.flatMap(({ name, all }) =>
    all
      .slice(0, mostShown)
      .map(({ kind, path, message }): Row => [name, { text: kind, tone: 'fail' }, path, message]),
  );
  const table = rows.length === 0 ? '' : renderTable(columns, rows, options);
  const more = shown
    .filter(({ all }) => all.length > mostShown)
    .map(
      ({ name, kind, all }) =>
        `${name}: and ${formatCount(all.length - mostShown, 'problem')} more of the kind "${kind}"; --json has all.\n`,
    );
  const totals = reports.map(
    (report) => `${report.name}: ${describeTotals(report)}.\n${describeSeals(report)}`,
  );
  const end = repaired === null ? '' : describeRepair(repaired);
  return `${table}${more.join('')}${totals.join('')}${end}${verdictOn(reports, options)}`;
}

function verdictOn(reports: readonly DestinationReport[], { colors = noColors }: TableOptions): string {
  const say = (tone: Tone, text: string) => `${toned(colors, tone, text)}\n`;
  const bad = reports.filter(({ problems }) => problems.length > 0);
  const problems = bad.reduce((sum, report) => sum + report.problems.length, 0);
  const unread = reports.filter(({ error }) => error !== null).length;
  const unreadable = `${unread} of ${formatCount(reports.length, 'destination')} could not be verified`;
  if (problems > 0) {
    const where = bad.map(({ name }) => name).join(', ');
    const found = `${formatCount(problems, 'problem')} in ${where}`;
    return say('fail', `${found}${unread > 0 ? `; ${unreadable}` : ''}.`);
  }
  if (unread > 0) return say('fail', `${unreadable}.`);
  if (reports.every(({ files }) => files === 0)) return say('warn', 'There was nothing to verify.');
  const unsealed = reports.reduce((sum, report) => sum + (report.sealing === null ? report.unsealed : 0), 0);
  if (unsealed > 0)
    return say(
      'warn',
      `In order, with ${formatCount(unsealed, 'record')} of which only the rows were counted.`,
    );
  return say('ok', 'Everything is in order.');
}

function describeSeals({ name, unsealed, sealing }: DestinationReport): string {
  if (sealing !== null) {
    const { completed, changed, removed } = sealing;
    const parts = `${completed} had no digest yet, ${changed} were changed, ${removed} are gone`;
    return `${name}: ${formatCount(sealedIn(sealing), 'record')} sealed: ${parts}.\n`;
  }
  if (unsealed === 0) return '';
  return `${name}: of ${formatCount(unsealed, 'record')} that version 0.1.0 delivered, only the rows were counted; ic verify --seal notes what they hold.\n`;
}

function describeRepair({ corrected, owed, beyondRepair }: Repair): string {
  const right =
    corrected === 0
      ? ''
      : `${formatCount(corrected, 'item')} whole as delivered: the manifest has the right line now.\n`;
  const again = `${right}${formatCount(owed, 'item')} owed again: the next pull asks for them.\n`;
  if (beyondRepair === 0) return again;
  const cannot = `${formatCount(beyondRepair, 'item')} cannot be fetched again: a backup, or no transfer brings them there.\n`;
  return `${again}${cannot}`;
}

function describeTotals({ files, bytes, problems, error }: DestinationReport): string {
  const found = problems.length === 0 ? [] : [formatCount(problems.length, 'problem')];
  if (error !== null && files === 0) return [...found, 'could not be verified'].join(', ');
  if (files === 0 && found.length === 0) return 'nothing there to verify';
  const read = [formatCount(files, 'item'), `${formatBytes(bytes)} read`];
  if (error !== null) return [...read, ...found, 'then it could not be read further'].join(', ');
  return [...read, ...(found.length === 0 ? ['nothing wrong'] : found)].join(', ');
}
