import type { UnixSeconds } from '../platform/clock.ts';
import { IcError } from '../platform/errors.ts';
import { redact } from '../platform/redact.ts';
import { ReportSyntaxError, UnexpectedReportError } from '../sessions/parse.ts';
import type { PullContext } from './context.ts';
import type { ReportStream } from './report-stream.ts';

/** The report is an `<error>` document that does not say that nothing was found. */
export function answeredWithError(context: PullContext, stream: ReportStream, text: string): IcError {
  // Redacted before it is cut: a part of a secret would no longer look like one.
  const shown = redact(text, context.secrets).replaceAll(/\s+/g, ' ').slice(0, 300);
  if (context.appliance.classify(text) === 'refused') {
    return new IcError('refused', `${context.site.host} refused the ${stream.report} report: "${shown}"`, {
      hint: 'Check the credentials of the site and the reporting permissions of its account.',
    });
  }
  return new IcError(
    'not-understood',
    `${context.site.host} answered the ${stream.report} report with an error: "${shown}"`,
    {
      hint: 'If this text only says that nothing was found, set empty_report_pattern in the site; else look at the appliance.',
    },
  );
}

/** The body of an answer ended before it was complete. Asking again may bring all of it. */
export class CutOffError extends IcError {
  constructor(message: string, cause: unknown) {
    super('unreachable', message, {
      cause,
      hint: 'If it persists, look at proxies between here and the appliance, and at the log of the appliance.',
    });
  }
}

/** What came of a report before the place at which it is no XML any more. */
export interface ReadBefore {
  readonly seen: number;
  readonly lsids: ReadonlySet<string>;
  readonly open: ReadonlySet<string>;
  readonly requestedAt: UnixSeconds;
}

/** A record in the list is no XML. What is behind it cannot be read in this answer, but in others that lack the record. */
export class MalformedReport extends IcError {
  readonly before: ReadBefore;

  constructor(message: string, before: ReadBefore, cause: unknown) {
    super('not-understood', message, {
      cause,
      hint: 'What was complete before that point has been delivered; the next run asks again.',
    });
    this.before = before;
  }
}

export async function* untilCutOff(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* bytes;
  } catch (error) {
    if (error instanceof IcError && error.code === 'unreachable') throw new CutOffError(error.message, error);
    throw error;
  }
}

/** Whatever was thrown while a report was read, as a person understands it. */
export function asFailure(
  error: unknown,
  context: PullContext,
  stream: ReportStream,
  before: ReadBefore,
): unknown {
  const where = `the ${stream.report} report of ${context.site.host}`;
  if (error instanceof ReportSyntaxError) {
    const message = `Reading ${where}: ${error.message} (byte ${error.offset}).`;
    if (error.truncated) return new CutOffError(message, error);
    if (error.isInList) return new MalformedReport(message, before, error);
    return new IcError('not-understood', message, {
      cause: error,
      hint: 'What was complete before that point has been delivered; the next run asks again.',
    });
  }
  if (error instanceof UnexpectedReportError) {
    return new IcError('not-understood', `Reading ${where}: ${error.message}.`, {
      cause: error,
      hint: 'Check host and reporting_path of the site, and whether there is a newer ic for this version of the appliance.',
    });
  }
  return error;
}
