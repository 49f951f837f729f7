import type { UnixSeconds } from '../platform/clock.ts';
import type { Kind } from '../platform/kinds.ts';
import type { KindState } from '../state/state.ts';
import { type Colors, type Tone, toned, toneOf } from '../terminal/colors.ts';
import { formatAge, formatBytes, formatCount } from '../terminal/format.ts';
import { type Cell, type Column, layoutTable, type Row, renderTable } from '../terminal/table.ts';
import { printable, textWidth, wrapped } from '../terminal/text.ts';
import type { Standing, TransferStatus } from './status-facts.ts';
import { notesOf, type StatusNote } from './status-notes.ts';

export interface StatusOptions {
  readonly width: number;
  readonly colors: Colors;
  readonly now: UnixSeconds;
}

/** One table where it fits whole, what needs a look below it; else a block for each transfer. */
export function describeStatus(statuses: readonly TransferStatus[], options: StatusOptions): string {
  if (statuses.length === 0) return '';
  const rows = statuses.flatMap((status) => tableRows(status, options.now));
  const table = layoutTable(tableColumns, rows, options);
  if (!table.isWhole) return statuses.map((status) => `${block(status, options)}\n`).join('');
  const notes = statuses.map((status) => {
    const about = remarks(notesOf(status, options.now), options);
    return about === '' ? '' : `\n${options.colors.bold(status.transfer.name)}\n${about}`;
  });
  const below = notes.join('');
  return `${table.head}${table.lines(rows)}${below}${below === '' ? '' : '\n'}`;
}

const numbers: readonly Column[] = [
  { heading: 'delivered', expendable: 2 },
  { heading: 'bytes', expendable: 4 },
  { heading: 'owed' },
  { heading: 'lost', expendable: 1 },
  { heading: 'open', expendable: 3 },
];

const tableColumns: readonly Column[] = [
  { heading: 'transfer' },
  { heading: 'status' },
  { heading: 'kind' },
  { heading: 'watermark' },
  ...numbers,
  { heading: 'last run' },
  { heading: 'next due' },
];

const blockColumns: readonly Column[] = [{ heading: 'kind' }, { heading: 'watermark' }, ...numbers];

function tableRows(status: TransferStatus, now: UnixSeconds): readonly Row[] {
  const { transfer, known, nextDue } = status;
  const lastRun = known?.lastRun ?? null;
  return transfer.data.map((kind) => {
    const [name = '', watermark = '', ...counts] = kindCells(kind, status, now);
    return [
      transfer.name,
      { text: wordsOf(status), tone: toneOfStatus(status) },
      name,
      watermark,
      ...counts,
      lastRun === null ? 'never' : formatAge(lastRun.startedAt, now),
      { text: formatDue(nextDue, now), tone: status.isOverdue ? 'warn' : 'idle' },
    ];
  });
}

function kindCells(kind: Kind, { known }: TransferStatus, now: UnixSeconds): readonly Cell[] {
  const state: KindState | undefined = known?.kinds.get(kind);
  const { owed = 0, unobtainable = 0, delivered = 0, bytes = 0, open = 0, watermark = null } = state ?? {};
  return [
    kind,
    watermark === null ? '–' : formatAge(watermark, now),
    String(delivered),
    formatBytes(bytes),
    owed > 0 ? { text: String(owed), tone: 'warn' } : '0',
    unobtainable > 0 ? { text: String(unobtainable), tone: 'fail' } : '0',
    String(open),
  ];
}

/** `failed`, `ok, running`, `partial, overdue, locked`. */
export function wordsOf({ status, running, isOverdue, locked }: TransferStatus): string {
  return [
    status === 'never-ran' ? 'never ran' : status,
    running !== null && status !== 'running' && 'running',
    isOverdue && 'overdue',
    locked !== null && 'locked',
  ]
    .filter(Boolean)
    .join(', ');
}

export function toneOfStatus({ status, isOverdue, locked, tooOld }: TransferStatus): Tone {
  if (tooOld) return 'fail';
  const tone = toneOf(status);
  return tone === 'ok' && (isOverdue || locked !== null) ? 'warn' : tone;
}

function block(status: TransferStatus, options: StatusOptions): string {
  const { transfer, known } = status;
  const { width, colors, now } = options;
  const state = wordsOf(status);
  const ends = `${transfer.site} → ${transfer.destination}`;
  const isOneLine = textWidth(`${transfer.name}  ${state}  ${ends}`) <= width;
  const head = `${colors.bold(transfer.name)}  ${toned(colors, toneOfStatus(status), state)}`;
  const times = [
    `last run ${known?.lastRun ? formatAge(known.lastRun.startedAt, now) : 'never'}`,
    `last success ${status.lastSuccess === null ? 'never' : formatAge(status.lastSuccess, now)}`,
    `next due ${formatDue(status.nextDue, now)}`,
  ];
  const rows = transfer.data.map((kind) => kindCells(kind, status, now));
  return [
    `${head}${isOneLine ? '  ' : '\n  '}${colors.dim(ends)}\n`,
    lines(times.join(', '), options),
    remarks(notesOf(status, options.now), options),
    renderTable(blockColumns, rows, { width, colors, indent: 2 }),
  ].join('');
}

function formatDue(due: UnixSeconds, now: UnixSeconds): string {
  return due <= now ? 'now' : formatAge(due, now);
}

function remarks(notes: readonly StatusNote[], options: StatusOptions): string {
  return notes
    .map(({ tone, text, hint }) => {
      const remedy = hint === null ? '' : lines(hint, options, { indent: 4 });
      return `${lines(text, options, { tone })}${remedy}`;
    })
    .join('');
}

/** Broken between words where there is a terminal; never inside one. */
function lines(
  text: string,
  { width, colors }: StatusOptions,
  { tone = null, indent = 2 }: { readonly tone?: Tone | null; readonly indent?: number } = {},
): string {
  return wrapped(printable(text), width - indent)
    .map((line) => `${' '.repeat(indent)}${toned(colors, tone, line)}\n`)
    .join('');
}

/** One sentence on all of them. */
export function verdictOn(standings: readonly Standing[]): { readonly tone: Tone; readonly text: string } {
  const failing = standings.filter((standing) => standing === 'failing').length;
  const doubtful = standings.filter((standing) => standing === 'doubtful').length;
  const all = formatCount(standings.length, 'transfer');
  if (standings.length === 0) return { tone: 'warn', text: 'No transfer is configured.' };
  if (failing > 0) {
    const others = doubtful === 0 ? '' : `, ${doubtful} more ${doubtful === 1 ? 'needs' : 'need'} a look`;
    return { tone: 'fail', text: `${failing} of ${all} ${failing === 1 ? 'fails' : 'fail'}${others}.` };
  }
  if (doubtful > 0)
    return { tone: 'warn', text: `${doubtful} of ${all} ${doubtful === 1 ? 'needs' : 'need'} a look.` };
  return { tone: 'ok', text: standings.length === 1 ? 'The transfer is well.' : `All ${all} are well.` };
}
