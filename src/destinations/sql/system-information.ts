import type { SessionEvent, SystemInformationField } from '../../sessions/session.ts';

/**
 * The event of a session that holds what was collected automatically at its start: the first one with system
 * information that no representative performed. What representatives ask for later is not stored. Time is no
 * criterion: a customer may join long after a session began.
 */
export function automaticCollection(events: readonly SessionEvent[]): SessionEvent | null {
  const first = events.find(
    (event) =>
      event.systemInformation.length > 0 && event.performedBy?.type?.toLowerCase() !== 'representative',
  );
  return first ?? null;
}

/** A category's rows as `<field>` elements; each row begins on a line of its own. */
export function renderInformation(rows: readonly (readonly SystemInformationField[])[]): string {
  return rows.map((row) => row.map(renderField).join('')).join('\n');
}

function renderField({ id, name, value }: SystemInformationField): string {
  const attributes = `${renderAttribute('id', id)}${renderAttribute('name', name)}`;
  return value === '' ? `<field${attributes}/>` : `<field${attributes}>${escapeXml(value)}</field>`;
}

function renderAttribute(name: string, value: string | null): string {
  return value === null
    ? ''
    : ` ${name}="${escapeXml(value)
        .replaceAll('"', '&quot;')
        .replace(/[\t\n]/g, asReference)}"`;
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '\r': '&#13;' };

/** Characters that XML cannot hold in any notation become U+FFFD, so that what is stored can be read as XML. */
function escapeXml(text: string): string {
  return text
    .replace(/[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g, '\uFFFD')
    .replace(/[&<>\r]/g, (character) => entities[character] ?? character);
}

function asReference(character: string): string {
  return `&#${character.charCodeAt(0)};`;
}
