import type { ExpectedPresentation, ExpectedSession, Values } from './expected.ts';

/** Rows as lines of text, children under their parents, so that what is expected can be written and read by hand. */
export function sessionText(sessions: readonly ExpectedSession[]): string {
  return sessions.flatMap((item) => [...sessionLines(item), '']).join('\n');
}

export function presentationText(presentations: readonly ExpectedPresentation[]): string {
  return presentations
    .flatMap(({ presentation, attendees }) => [
      line('presentation', presentation),
      ...attendees.map((row) => line('  presentation_attendee', row)),
      '',
    ])
    .join('\n');
}

function sessionLines({ session, session_event: events, ...lists }: ExpectedSession): readonly string[] {
  return [
    line('session', session),
    ...Object.entries(lists).flatMap(([table, rows]) => rows.map((row) => line(`  ${table}`, row))),
    ...events.flatMap(({ event, data, systemInformation }) => [
      line('  session_event', event),
      ...data.map((row) => `    ${row.name}: ${JSON.stringify(row.value)}`),
      ...systemInformation.map((row) => `    [${row.category}] ${JSON.stringify(row.information)}`),
    ]),
  ];
}

/** What is NULL is left out. */
function line(table: string, row: Values): string {
  const cells = Object.entries(row).filter(([, value]) => value !== null);
  return [table, ...cells.map(([name, value]) => `${name}=${JSON.stringify(value)}`)].join(' ');
}
