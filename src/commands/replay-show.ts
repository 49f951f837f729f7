import { toIso } from '../platform/clock.ts';
import { exitCodes, IcError, toIcError } from '../platform/errors.ts';
import type { ReportRecord } from '../sessions/parse.ts';
import type { Presentation, Session } from '../sessions/session.ts';
import { printable } from '../terminal/text.ts';
import type { CommandContext, OutputStream } from './command.ts';
import { printError } from './print-error.ts';
import { readItems } from './replay-items.ts';
import type { ReplayRequest } from './replay-request.ts';

/** Shows what saved reports hold, each record as it is read: a row, or an element of the JSON document. */
export async function showReports(request: ReplayRequest, context: CommandContext): Promise<number> {
  const { io, common } = context;
  const view = common.json ? new JsonView(io.output) : new TableView(io.output, common.quiet);
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

/** Rows of fixed widths, since a report may be larger than memory. */
class TableView {
  readonly #output: OutputStream;
  readonly #quiet: boolean;
  #lines: string[] = [];

  constructor(output: OutputStream, quiet: boolean) {
    this.#output = output;
    this.#quiet = quiet;
  }

  record(record: ReportRecord): void {
    if (this.#quiet) return;
    if (this.#lines.length === 0) this.#line(headings);
    this.#line(
      record.kind === 'sessions'
        ? sessionCells(record.record as Session)
        : presentationCells(record.record as Presentation),
    );
    if (this.#lines.length >= linesAtOnce) this.#flush();
  }

  end(shown: number): void {
    if (this.#quiet) return;
    this.#flush();
    this.#output.write(`${shown} record${shown === 1 ? '' : 's'}.\n`);
  }

  #line(cells: readonly string[]): void {
    const padded = cells.map((cell, index) => clip(cell, widths[index] ?? 20).padEnd(widths[index] ?? 20));
    this.#lines.push(padded.join('  ').trimEnd());
  }

  #flush(): void {
    if (this.#lines.length === 0) return;
    this.#output.write(`${this.#lines.join('\n')}\n`);
    this.#lines.length = 0;
  }
}

const linesAtOnce = 500;
const headings = ['LSID', 'began', 'ended', 'duration', 'events', 'customer', 'representative', 'key'];
const widths = [32, 20, 20, 9, 6, 20, 20, 20];

function sessionCells(session: Session): readonly string[] {
  return [
    ...timeCells(session),
    String(session.events.length),
    session.primaryCustomer?.name ?? '',
    session.primaryRepresentative?.name ?? '',
    session.externalKey ?? '',
  ];
}

function presentationCells(presentation: Presentation): readonly string[] {
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

/** Names are data: what could move a terminal's cursor is taken out. */
function clip(text: string, width: number): string {
  const plain = text.replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, ' ');
  return plain.length <= width ? plain : `${plain.slice(0, width - 1)}…`;
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
