import type { ActorSpec, CategorySpec, EventSpec, StyleSpec } from './spec.ts';
import { hasForbiddenCharacters, type XmlWriter } from './xml.ts';

export function renderEvents(xml: XmlWriter, events: readonly EventSpec[], style: StyleSpec): void {
  xml.within('session_details', {}, () => {
    for (const event of events) renderEvent(xml, event, style);
  });
}

function renderEvent(xml: XmlWriter, event: EventSpec, style: StyleSpec): void {
  const attributes = { timestamp: event.time, event_type: event.type };
  if (isBare(event)) xml[style.empty === 'pair' ? 'blank' : 'single']('event', attributes);
  else
    xml.within('event', attributes, () => {
      renderActor(xml, 'performed_by', event.performedBy);
      renderActor(xml, 'destination', event.destination);
      renderBody(xml, event.body);
      xml.text('filename', event.filename);
      xml.text('filesize', event.filesize);
      renderFiles(xml, event);
      renderData(xml, event);
      renderSystemInformation(xml, event.systemInformation, style);
    });
}

function isBare(event: EventSpec): boolean {
  const { time: _time, type: _type, ...content } = event;
  return Object.values(content).every((value) => value === null);
}

function renderActor(xml: XmlWriter, name: string, actor: ActorSpec | null): void {
  if (actor) xml.text(name, actor.name, { type: actor.type, gsnumber: actor.gsnumber });
}

function renderBody(xml: XmlWriter, body: string | null): void {
  if (body !== null && hasForbiddenCharacters(body)) xml.text('encoded_body', base64(body));
  else xml.text('body', body);
}

/** RFC 2045: lines of at most 76 characters. */
function base64(text: string): string {
  return (
    Buffer.from(text)
      .toString('base64')
      .match(/.{1,76}/g) ?? []
  ).join('\n');
}

function renderFiles(xml: XmlWriter, event: EventSpec): void {
  const { files } = event;
  if (!files) return;
  xml.within('files', {}, () => {
    for (const file of files) {
      xml.within('file', {}, () => {
        xml.text('filename', file.filename);
        xml.text('filesize', file.filesize);
      });
    }
  });
}

function renderData(xml: XmlWriter, event: EventSpec): void {
  const { data } = event;
  if (!data) return;
  xml.within('data', {}, () => {
    for (const { name, value } of data) xml.single('value', { name, value });
  });
}

function renderSystemInformation(
  xml: XmlWriter,
  categories: readonly CategorySpec[] | null,
  style: StyleSpec,
): void {
  if (!categories) return;
  xml.within('system_information', {}, () => {
    for (const category of categories) {
      xml.within('category', { name: category.name }, () => {
        renderDescription(xml, category, style);
        renderRows(xml, category, style);
      });
    }
  });
}

function renderDescription(xml: XmlWriter, { fields }: CategorySpec, style: StyleSpec): void {
  if (fields.length === 0) xml.single('description');
  else
    xml.within('description', {}, () => {
      for (const field of fields) xml.single('field', fieldKey(field, style));
    });
}

function renderRows(xml: XmlWriter, { fields, rows }: CategorySpec, style: StyleSpec): void {
  if (rows.length === 0) xml.single('data');
  else
    xml.within('data', {}, () => {
      for (const row of rows) {
        xml.within('row', {}, () => {
          for (const [index, cell] of row.entries()) xml.text('field', cell, fieldKey(fields[index], style));
        });
      }
    });
}

function fieldKey(
  field: { readonly id: string; readonly name: string } | undefined,
  style: StyleSpec,
): { readonly id: string | null; readonly name: string | null } {
  return {
    id: style.fieldKey === 'name' ? null : (field?.id ?? null),
    name: style.fieldKey === 'id' ? null : (field?.name ?? null),
  };
}
