import { classifyErrorText } from '../appliance/answers.ts';
import { IcError } from '../platform/errors.ts';
import type { RecordKind } from '../platform/kinds.ts';
import type { ReportItem } from '../sessions/parse.ts';
import { readSavedReport } from './saved-report.ts';

type Kept = Exclude<ReportItem<RecordKind>, { readonly type: 'error' }>;

/** The records of a saved report. A saved "nothing found" holds none; any other saved error is no report. */
export async function* readItems(
  file: string,
  input: NodeJS.ReadableStream,
  maxRecord?: number,
): AsyncGenerator<Kept, void, undefined> {
  for await (const item of readSavedReport(file, input, maxRecord)) {
    if (item.type !== 'error') {
      yield item;
    } else if (classifyErrorText(item.text, { emptyPattern: null }) !== 'empty') {
      const shown = item.text.replaceAll(/\s+/g, ' ').slice(0, 300);
      throw new IcError(
        'not-understood',
        `${file} holds an error of the appliance instead of a report: "${shown}"`,
        {
          hint: 'Save the report again once the appliance gives it.',
        },
      );
    }
  }
}
