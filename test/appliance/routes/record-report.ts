import { type Answer, xml, xmlStream } from '../answer.ts';
import { presentationAsReported, sessionAsReported } from '../as-reported.ts';
import type { Seconds } from '../clock.ts';
import type { Core } from '../core.ts';
import { declaration, errorReport, rootTags } from '../error-report.ts';
import type { Outline } from '../records.ts';
import { renderPresentation } from '../render-presentation.ts';
import { renderSession } from '../render-session.ts';
import type { LoggedRequest } from '../request-log.ts';
import { isVisible, readSelection, type Selection, selects } from '../selection.ts';
import { emptyTexts } from '../settings.ts';
import { encode, escapeText } from '../xml.ts';

/** `SupportSession`: full sessions under `session_list`. */
export function answerSessions(core: Core, request: LoggedRequest): Answer {
  const found = select(core, core.sessions, request);
  if (typeof found === 'string') return errorReport(core, found);
  if (found.length === 0) return emptyReport(core, 'session_list', 'sessions');
  const now = core.clock.seconds();
  const sign = core.links.forReport('sd');
  return recordReport(core, 'session_list', found, (entry, prefix) =>
    renderSession(sessionAsReported(entry.make(), now, core.reports), prefix, sign),
  );
}

/** `PresentationSession`; the names of root and records are settings, as no documentation gives them. */
export function answerPresentations(core: Core, request: LoggedRequest): Answer {
  const { presentationRoot, presentationElement } = core.reports;
  const found = select(core, core.presentations, request);
  if (typeof found === 'string') return errorReport(core, found);
  if (found.length === 0) return emptyReport(core, presentationRoot, 'presentations');
  const now = core.clock.seconds();
  const sign = core.links.forReport('pd');
  return recordReport(core, presentationRoot, found, (entry, prefix) => {
    const presentation = presentationAsReported(entry.make(), now, core.reports);
    return renderPresentation(presentation, presentationElement, prefix, sign);
  });
}

/** The records that a request's parameters select, in the order of the report, or the text of an error. */
export function select<Entry extends Outline>(
  core: Core,
  records: { outlines(): Iterable<Entry>; outline(lsid: string): Entry | undefined },
  request: LoggedRequest,
): readonly Entry[] | string {
  const selection = readSelection(request.parameters, core.reports);
  if (typeof selection === 'string') return selection;
  const now = core.clock.seconds();
  return inOrder(core, [...selected(core, records, selection, now)]);
}

/** Nothing found, in the shape and language that are set. */
export function emptyReport(core: Core, root: string, what: 'sessions' | 'presentations'): Answer {
  const { empty, emptyText, language } = core.reports;
  const message = emptyText ?? emptyTexts[language][what];
  if (empty === 'error') return errorReport(core, message);
  const { start, end, prefix } = rootTags(core, root);
  const error =
    empty === 'error-in-list' ? `\t<${prefix}error>${escapeText(message)}</${prefix}error>\n` : '';
  return xml(`${declaration}${start}\n${error}${end}\n`);
}

/** The document, made piece by piece while it is sent. */
export function recordReport<Entry>(
  core: Core,
  root: string,
  entries: readonly Entry[],
  render: (entry: Entry, prefix: string) => string,
): Answer {
  const { start, end, prefix } = rootTags(core, root);
  return xmlStream(function* () {
    let pending = `${declaration}${start}\n`;
    for (const entry of entries) {
      pending += render(entry, prefix);
      if (pending.length < 65_536) continue;
      yield encode(pending);
      pending = '';
    }
    yield encode(`${pending}${end}\n`);
  });
}

function* selected<Entry extends Outline>(
  core: Core,
  records: { outlines(): Iterable<Entry>; outline(lsid: string): Entry | undefined },
  selection: Selection,
  now: Seconds,
): Generator<Entry> {
  if (selection.type === 'lsids') {
    const found = selection.lsids.flatMap((lsid) => records.outline(lsid) ?? []);
    yield* found.filter((entry) => isVisible(entry, now));
    return;
  }
  for (const entry of records.outlines()) if (selects(selection, entry, now, core.reports)) yield entry;
}

function inOrder<Entry extends Outline>(core: Core, entries: readonly Entry[]): readonly Entry[] {
  switch (core.reports.order) {
    case 'as-added':
      return entries;
    case 'reverse':
      return entries.toReversed();
    case 'shuffled':
      return entries.toSorted((left, right) =>
        left.lsid.split('').toReversed().join('') < right.lsid.split('').toReversed().join('') ? -1 : 1,
      );
  }
}
