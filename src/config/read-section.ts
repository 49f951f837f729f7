import { nearest } from './nearest.ts';
import type { Problem, Problems } from './problem.ts';
import { type Entry, whyEmpty } from './references.ts';
import type { KeySpec, Keys, Values } from './schema/key.ts';
import { InvalidValue, type Place } from './types/value-type.ts';

/** A section whose references are filled in. One that is not in the file has no line and no entries. */
export interface Section {
  readonly name: string;
  readonly line: number | null;
  readonly entries: ReadonlyMap<string, Entry>;
}

/** A section read by its keys. What was wrong has been reported, and is missing from `values`. */
export interface Draft<K extends Keys> extends Section {
  readonly keys: K;
  readonly values: Partial<Values<K>>;
}

export interface ReadContext {
  readonly place: Place;
  readonly problems: Problems;
}

/** Reads a section's keys: unknown ones and bad values are problems, missing ones too unless they have a default. */
export function readSection<K extends Keys>(section: Section, keys: K, context: ReadContext): Draft<K> {
  for (const entry of section.entries.values()) {
    if (!Object.hasOwn(keys, entry.key)) reportUnknown(entry, section, keys, context.problems);
  }
  return readKnownKeys(section, keys, context);
}

/** The same, for a section whose other keys are somebody else's. */
export function readKnownKeys<K extends Keys>(section: Section, keys: K, context: ReadContext): Draft<K> {
  const values: Record<string, unknown> = {};
  for (const [key, spec] of Object.entries(keys)) {
    const entry = section.entries.get(key);
    const value = entry?.failed ? undefined : readValueOf(spec, key, entry, section, context);
    if (value !== undefined) values[key] = value;
  }
  // Each value comes from the parser of its own key.
  return { ...section, keys, values: values as Partial<Values<K>> };
}

/** Everything is there once no problem has been reported. */
export function complete<K extends Keys>(draft: Draft<K>): Values<K> {
  return draft.values as Values<K>;
}

/** Whether the file gives the key a value. */
export function isGiven(section: Section, key: string): boolean {
  const entry = section.entries.get(key);
  return entry !== undefined && (entry.failed || entry.text !== '');
}

/** Where a problem with a key of the section is, and the value at fault as it may be shown. */
export function placeIn(
  section: Pick<Draft<Keys>, 'name' | 'line' | 'entries'>,
  key: string,
  spec?: KeySpec<unknown>,
): Pick<Problem, 'section' | 'key' | 'line' | 'value'> {
  const entry = section.entries.get(key);
  const value = entry === undefined ? null : shown(entry.written, spec);
  return { section: section.name, key, line: entry?.line ?? section.line, value };
}

function readValueOf(
  spec: KeySpec<unknown>,
  key: string,
  entry: Entry | undefined,
  section: Section,
  { place, problems }: ReadContext,
): unknown {
  if (entry && entry.text !== '') return parseEntry(spec, entry, section, { place, problems });
  if (spec.presence === 'required') {
    problems.add({
      ...placeIn(section, key, spec),
      value: null,
      ...(whyEmpty(entry) ?? { message: 'is missing', remedy: `Write ${key} = ${spec.example ?? '…'}` }),
    });
    return undefined;
  }
  if (spec.fallback === null || (entry && spec.emptyIsNone)) return null;
  return spec.type.parse(spec.fallback, place);
}

function parseEntry(
  spec: KeySpec<unknown>,
  entry: Entry,
  section: Section,
  { place, problems }: ReadContext,
): unknown {
  try {
    return spec.type.parse(entry.text, place);
  } catch (error) {
    if (!(error instanceof InvalidValue)) throw error;
    problems.add({ ...placeIn(section, entry.key, spec), ...describe(error, spec, entry) });
    return undefined;
  }
}

/** A remedy may repeat the text; one that came from elsewhere, or is secret, must not show. */
function describe(
  error: InvalidValue,
  spec: KeySpec<unknown>,
  entry: Entry,
): Pick<Problem, 'message' | 'remedy' | 'nearest'> {
  const { message, remedy, nearest: close } = error;
  if (entry.parts.length === 0 && shown(entry.written, spec) === entry.written)
    return { message, remedy, nearest: close };
  const range = spec.type.range === undefined ? '' : ` (${spec.type.range})`;
  return { message, remedy: `It has to be ${spec.type.name}${range}.`, nearest: null };
}

function shown(written: string, spec: KeySpec<unknown> | undefined): string {
  if (spec?.secret && (spec.secret.hidden || spec.secret.parts(written).length > 0)) return '***';
  return written.replace(/[^\s/@:]*:[^\s/@]+@/g, '***@');
}

/** The value is left out: a misspelt `pasword` still has a password behind it. */
function reportUnknown(entry: Entry, section: Section, keys: Keys, problems: Problems): void {
  const known = Object.keys(keys);
  const close = nearest(entry.key, known);
  problems.add({
    section: section.name,
    key: entry.key,
    line: entry.line,
    message: `is not a key of [${section.name}]`,
    remedy: close === null ? `Keys are ${known.join(', ')}.` : `Did you mean ${close}?`,
    nearest: close,
  });
}
