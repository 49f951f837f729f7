import type { UnixSeconds } from '../platform/clock.ts';
import { attribute, child, childText, type Element, textOf } from './element.ts';
import type { Named, Participant } from './session.ts';

/** What support sessions and presentations write alike. Alternatives of one name are tried in order. */
export function firstText(element: Element, ...names: readonly string[]): string | null {
  for (const name of names) {
    const text = childText(element, name);
    if (text !== null) return text;
  }
  return null;
}

export function firstAttribute(element: Element | undefined, ...names: readonly string[]): string | null {
  for (const name of names) {
    const value = attribute(element, name);
    if (value !== null) return value;
  }
  return null;
}

/** `<start_time timestamp="1714983011">2024-05-06T08:10:11+00:00</start_time>`: the attribute first, it has no zone. */
export function timeOf(element: Element | undefined): UnixSeconds | null {
  return instant(firstAttribute(element, 'timestamp', 'ts')) ?? instant(textOf(element));
}

/** What lies behind it has no ISO form of four digits, and is rather microseconds than seconds. */
const yearTenThousand = 253_402_300_800;

/** UNIX seconds, or ISO 8601 with its offset; a text without one is taken as UTC. The epoch itself stands for no time. */
export function instant(text: string | null): UnixSeconds | null {
  if (text === null) return null;
  const seconds = /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : Date.parse(zoned(text)) / 1000;
  return seconds >= 1 && seconds < yearTenThousand ? Math.floor(seconds) : null;
}

function zoned(text: string): string {
  return /(Z|[+-]\d{2}:?\d{2})$/i.test(text) ? text : `${text}Z`;
}

export function named(element: Element | undefined): Named | null {
  if (element === undefined) return null;
  const id = attribute(element, 'id');
  const name = textOf(element);
  return id === null && name === null ? null : { id, name };
}

export function participant(element: Element | undefined): Participant | null {
  if (element === undefined) return null;
  return { gsnumber: attribute(element, 'gsnumber'), id: attribute(element, 'id'), name: textOf(element) };
}

export function namedChild(element: Element, name: string): Named | null {
  return named(child(element, name));
}
