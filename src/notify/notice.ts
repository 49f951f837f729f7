import type { UnixSeconds } from '../platform/clock.ts';
import { exitCodes } from '../platform/errors.ts';
import { redact } from '../platform/redact.ts';
import type { Head, TransferResult } from '../pull/result.ts';
import type { OwedItem, TransferState } from '../state/state.ts';
import { formatAge, formatCount, formatInstant } from '../terminal/format.ts';
import { printable } from '../terminal/text.ts';
import type { Occasion } from './decide.ts';

/** What people are told of one run, in whatever form a channel gives it. Everything in it is on one line and clean. */
export interface Notice {
  /** Without line ends; a mail's subject. */
  readonly subject: string;
  readonly good: boolean;
  readonly sections: readonly Section[];
  readonly footer: string;
}

export interface Section {
  readonly heading: string;
  readonly facts: readonly (readonly [label: string, value: string])[];
}

/** One transfer that is told of. */
export interface Told {
  readonly occasion: Occasion;
  readonly result: TransferResult;
  /** As the state knows it after the run. */
  readonly known: TransferState | null;
  readonly owed: readonly OwedItem[];
  /** The site's host as configured. */
  readonly host: string;
}

export interface NoticeContext {
  readonly runId: string;
  readonly machine: string;
  readonly now: UnixSeconds;
  readonly exitCode: number;
  readonly secrets: readonly string[];
}

const most = { sections: 20, value: 1000, subject: 180, warnings: 3 };

export function composeNotice(all: readonly Told[], context: NoticeContext): Notice {
  const shown = all
    .toSorted((a, b) => Number(isFailing(b.occasion)) - Number(isFailing(a.occasion)))
    .slice(0, most.sections);
  const left = all.length - shown.length;
  const more = left > 0 ? `And ${formatCount(left, 'more transfer')}. ` : '';
  const { runId, machine, now, exitCode } = context;
  return {
    subject: clean(subjectOf(all), context, most.subject),
    good: all.every(({ occasion }) => !isFailing(occasion)),
    sections: shown.map((told) => sectionOf(told, context)),
    footer: `${more}Run ${runId} on ${machine}, ${formatInstant(now)}, exit code ${exitCode}. More: ic status, ic log --run ${runId}`,
  };
}

/** The notice as plain text. */
export function noticeText({ sections, footer }: Notice): string {
  const blocks = sections.map(({ heading, facts }) => {
    const width = Math.max(...facts.map(([label]) => label.length));
    return [heading, '', ...facts.map(([label, value]) => `  ${label.padEnd(width)}  ${value}`)].join('\n');
  });
  return `${[...blocks, footer].join('\n\n')}\n`;
}

/** On one line, without secrets and without what could move a cursor or hide text, and not endless. */
function clean(text: string, { secrets }: Pick<NoticeContext, 'secrets'>, length = most.value): string {
  const safe = printable(redact(text, secrets));
  return safe.length > length ? `${safe.slice(0, length - 1).toWellFormed()}…` : safe;
}

function isFailing(occasion: Occasion): boolean {
  return occasion === 'failure' || occasion === 'reminder';
}

function subjectOf(all: readonly Told[]): string {
  const failing = all.filter(({ occasion }) => isFailing(occasion));
  const recovered = all.filter(({ occasion }) => occasion === 'recovery' || occasion === 'belated');
  const succeeded = all.filter(({ occasion }) => occasion === 'success');
  return [failureSubject(failing), list(recovered, 'recovered'), list(succeeded, 'succeeded')]
    .filter((part) => part !== '')
    .join('; ');
}

function failureSubject(failing: readonly Told[]): string {
  const [first] = failing;
  if (first === undefined) return '';
  const verb = failing.every(({ occasion }) => occasion === 'reminder') ? 'still failing' : 'failed';
  if (failing.length > 1) return list(failing, verb);
  const part = first.result.status === 'partial' ? ' in part' : '';
  return `${first.result.name} ${verb}${part}: ${whatFailed(first)}`;
}

function list(all: readonly Told[], verb: string): string {
  if (all.length === 0) return '';
  const names = all.map(({ result }) => result.name).join(', ');
  return all.length === 1 ? `${names} ${verb}` : `${all.length} transfers ${verb}: ${names}`;
}

function sectionOf(told: Told, context: NoticeContext): Section {
  const { occasion, result, known, host } = told;
  const failing = isFailing(occasion);
  const facts: (readonly [string, string])[] = [
    ['Site', host === '' ? result.site : `${result.site} (${host})`],
    ['Destination', result.destination],
    ...(failing ? failureFacts(told) : [['Delivered', deliveredText(result)] as const]),
    ['Owed', owedText(told)],
    ...result.heads.map((head) => ['Head of the records', headText(head)] as const),
    ['Last success', instant(known?.lastSuccess ?? null, context.now)],
    ...(failing && known?.failingSince
      ? [['Failing since', instant(known.failingSince, context.now)] as const]
      : []),
  ];
  return {
    heading: clean(`Transfer ${result.name} ${headings[occasion]}`, context),
    facts: facts.map(([label, value]) => [label, clean(value, context)]),
  };
}

/** What to hold against the archive later: mails are kept where nobody who alters it can reach. */
function headText({ kinds, sequence, hash }: Head): string {
  return `${kinds.join(', ')}: number ${sequence}${hash === null ? '' : `, SHA-256 ${hash}`}`;
}

const headings: Readonly<Record<Occasion, string>> = {
  failure: 'has begun to fail.',
  reminder: 'is still failing.',
  recovery: 'is well again.',
  belated: 'is well again. It had failed when that could not be told.',
  success: 'succeeded.',
};

function failureFacts(told: Told): readonly (readonly [string, string])[] {
  const { status, exitCode, error } = told.result;
  return [
    ['Result', `${status}, exit code ${exitCode}`],
    ['What failed', whatFailed(told)],
    ['Remedy', error?.hint ?? ownRemedy(told)],
  ];
}

function whatFailed({ result, owed }: Told): string {
  const { error, kinds, warnings } = result;
  const failed = Object.entries(kinds)
    .filter(([, counts]) => counts.failed > 0)
    .map(([kind, counts]) => `${kind}: ${counts.failed} failed.`);
  const more = warnings.length - most.warnings;
  const parts = [
    ...(error === null ? [] : [error.message]),
    ...failed,
    ...warnings.slice(0, most.warnings),
    ...(more > 0 ? [`And ${formatCount(more, 'more warning')}.`] : []),
  ];
  if (parts.length > 0) return parts.join(' ');
  return owed.length > 0
    ? `${formatCount(owed.length, 'item')} could not be had yet.`
    : 'Not everything was done.';
}

function ownRemedy({ result }: Told): string {
  return result.exitCode === exitCodes.partial
    ? 'What is owed is tried again by later runs. ic log shows what was said of each item.'
    : 'ic check tests what the transfer needs.';
}

function deliveredText({ kinds }: TransferResult): string {
  const parts = Object.entries(kinds)
    .filter(([, counts]) => counts.delivered > 0)
    .map(([kind, counts]) => `${kind}: ${counts.delivered}`);
  return parts.length > 0 ? parts.join(', ') : 'nothing new';
}

/** How much of each kind is owed, and what is known of the one that waits longest. */
function owedText({ known, owed }: Told): string {
  const parts = [...(known?.kinds ?? [])].filter(([, kind]) => kind.owed > 0);
  if (parts.length === 0) return 'nothing';
  const [oldest] = owed;
  const longest =
    oldest === undefined
      ? ''
      : `; the longest since ${formatInstant(oldest.since)}: session ${oldest.lsid}${oldest.reason === '' ? '' : `, ${oldest.reason}`}`;
  return `${parts.map(([kind, { owed: count }]) => `${kind}: ${count}`).join(', ')}${longest}`;
}

function instant(time: UnixSeconds | null, now: UnixSeconds): string {
  return time === null ? 'never' : `${formatInstant(time)} (${formatAge(time, now)})`;
}
