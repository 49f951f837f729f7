import { attribute, child, childText, type Element, listed, textOf } from './element.ts';
import { firstAttribute, instant } from './read-fields.ts';
import type {
  Actor,
  EventFile,
  EventValue,
  SessionEvent,
  SystemInformationCategory,
  SystemInformationField,
} from './session.ts';

export function readEvent(element: Element): SessionEvent {
  return new ReadEvent(element);
}

/** The rows of system information are most of many a report, and few ask for them: they are read by whoever does. */
class ReadEvent implements SessionEvent {
  readonly time: SessionEvent['time'];
  readonly type: string | null;
  readonly performedBy: Actor | null;
  readonly destination: Actor | null;
  readonly body: string | null;
  readonly data: readonly EventValue[];
  readonly files: readonly EventFile[];
  readonly #element: Element;

  constructor(element: Element) {
    this.time = instant(firstAttribute(element, 'timestamp', 'ts'));
    this.type = attribute(element, 'event_type');
    this.performedBy = readActor(child(element, 'performed_by'));
    this.destination = readActor(child(element, 'destination'));
    this.body = readBody(element);
    this.data = listed(element, 'data', 'value').map(readValue);
    this.files = readFiles(element);
    this.#element = element;
  }

  get systemInformation(): readonly SystemInformationCategory[] {
    return listed(this.#element, 'system_information', 'category').map(readCategory);
  }

  toJSON(): SessionEvent {
    return { ...this, systemInformation: this.systemInformation };
  }
}

function readActor(element: Element | undefined): Actor | null {
  if (element === undefined) return null;
  const actor = {
    type: attribute(element, 'type'),
    gsnumber: attribute(element, 'gsnumber'),
    name: textOf(element),
  };
  return actor.type === null && actor.gsnumber === null && actor.name === null ? null : actor;
}

/** `encoded_body` stands in place of `body` when the text holds what XML forbids, so it is the truer of the two. */
function readBody(element: Element): string | null {
  const encoded = childText(element, 'encoded_body');
  if (encoded !== null) return Buffer.from(encoded, 'base64').toString('utf8');
  const body = child(element, 'body');
  return body?.text || null;
}

function readValue(element: Element): EventValue {
  return {
    name: attribute(element, 'name'),
    value: attribute(element, 'value') ?? textOf(element),
  };
}

/** The older form has `filename` and `filesize` directly under the event, the newer one a list of files. */
function readFiles(element: Element): readonly EventFile[] {
  const holders = [element, ...listed(element, 'files', 'file')];
  return holders
    .map((holder) => ({ name: childText(holder, 'filename'), size: childText(holder, 'filesize') }))
    .filter((file) => file.name !== null || file.size !== null);
}

function readCategory(element: Element): SystemInformationCategory {
  return {
    name: attribute(element, 'name'),
    rows: listed(element, 'data', 'row').map((row) => row.all('field').map(readField)),
  };
}

function readField(element: Element): SystemInformationField {
  return {
    id: attribute(element, 'id'),
    name: attribute(element, 'name'),
    value: textOf(element) ?? '',
  };
}
