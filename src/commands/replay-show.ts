import { toIso } from '../platform/clock.ts';
import { exitCodes, IcError, toIcError } from '../platform/errors.ts';
import type { ReportRecord } from '../sessions/parse.ts';
import type { Presentation, Session } from '../sessions/session.ts';
import { type Colors, colorsOf } from '../terminal/colors.ts';
import { formatCount } from '../terminal/format.ts';
import { type Column, layoutTable, type Row, type TableLayout } from '../terminal/table.ts';
import { printable } from '../terminal/text.ts';
import type { CommandContext, OutputStream } from './command.ts';
import { printError } from './print-error.ts';
import { readItems } from './replay-items.ts';
import type { ReplayRequest } from './replay-request.ts';

/** Shows what saved reports hold, each record as it is read: a row, or an element of the JSON document. */
export async function showReports(request: ReplayRequest, context: CommandContext): Promise<number> {
  const { io, common } = context;
  const view = common.json
    ? new JsonView(io.output)
    : new TableView(io.output, common.quiet, await colorsOf(io.output));
  let invalid: IcError | null = null;
  let shown = 0;
  let error: IcError | null = null;
  try {
    for (const file of request.files) {
      for await (const item of readItems(file, io.input)) {
        context.signal.throwIfAborted();
        if (item.type === 'invalid') {
          const problem = `${file}: a record cannot be kept: ${item.reason}`;
          invalid ??= new IcError('not-understood', problem);
          io.error.write(`ic: ${printable(problem)}\n`);
        } else {
          shown += 1;
          view.record(item.record);
        }
      }
    }
  } catch (thrown) {
    context.signal.throwIfAborted();
    error = toIcError(thrown);
  }
  const exitCode = exitCodeOf(shown, error ?? invalid);
  view.end(shown, exitCode, error ?? invalid);
  if (error !== null && !common.json) printError(io, error);
  return exitCode;
}

function exitCodeOf(shown: number, error: IcError | null): number {
  if (error === null) return 0;
  return shown > 0 ? exitCodes.partial : error.exitCode;
}

/** The first rows decide the widths, since a report may be larger than memory. */
class TableView {
  readonly #output: OutputStream;
  readonly #quiet: boolean;
  readonly #colors: Colors;
  #layout: TableLayout | null = null;
  #rows: Row[] = [];

  constructor(output: OutputStream, quiet: boolean, colors: Colors) {
    this.#output = output;
    this.#quiet = quiet;
    this.#colors = colors;
  }

  record(record: ReportRecord): void {
    if (this.#quiet) return;
    this.#rows.push(
      record.kind === 'sessions'
        ? sessionCells(record.record as Session)
        : presentationCells(record.record as Presentation),
    );
    if (this.#rows.length >= rowsAtOnce) this.#flush();
  }

  end(shown: number): void {
    if (this.#quiet) return;
    this.#flush();
    this.#output.write(`${formatCount(shown, 'record')}.\n`);
  }

  #flush(): void {
    if (this.#rows.length === 0) return;
    const options = { width: this.#output.columns, colors: this.#colors };
    const isFirst = this.#layout === null;
    this.#layout ??= layoutTable(columns, this.#rows, options);
    this.#output.write(`${isFirst ? this.#layout.head : ''}${this.#layout.lines(this.#rows)}`);
    this.#rows = [];
  }
}

const rowsAtOnce = 500;

const columns: readonly Column[] = [
  { heading: 'LSID' },
  { heading: 'began', expendable: 1 },
  { heading: 'ended' },
  { heading: 'duration', expendable: 5 },
  { heading: 'events', expendable: 6 },
  { heading: 'customer', expendable: 2, shrinksTo: 20 },
  { heading: 'representative', expendable: 3, shrinksTo: 20 },
  { heading: 'key', expendable: 4 },
];

function sessionCells(session: Session): Row {
  return [
    ...timeCells(session),
    String(session.events.length),
    session.primaryCustomer?.name ?? '',
    session.primaryRepresentative?.name ?? '',
    session.externalKey ?? '',
  ];
}

function presentationCells(presentation: Presentation): Row {
  const { name, presenter, externalKey } = presentation;
  return [
    ...timeCells(presentation),
    // Its events are not read.
    '',
    name ?? '',
    presenter?.name ?? '',
    externalKey ?? '',
  ];
}

function timeCells(record: Session | Presentation): readonly string[] {
  const { lsid, startTime, endTime, duration } = record;
  return [
    lsid,
    startTime === null ? '' : toIso(startTime),
    endTime === null ? '(open)' : toIso(endTime),
    duration ?? '',
  ];
}

class JsonView {
  readonly #output: OutputStream;
  #separator = '';

  constructor(output: OutputStream) {
    this.#output = output;
    output.write('{"command":"replay","sessions":[');
  }

  record(record: ReportRecord): void {
    const defects = record.defects.length > 0 ? { defects: record.defects } : {};
    this.#output.write(
      `${this.#separator}${JSON.stringify({ kind: record.kind, ...record.record, ...defects })}`,
    );
    this.#separator = ',\n';
  }

  end(_shown: number, exitCode: number, error: IcError | null): void {
    this.#output.write(`],"exit_code":${exitCode},"error":${JSON.stringify(error?.toSummary() ?? null)}}\n`);
  }
}
