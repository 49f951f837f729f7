import type { Kind } from '../platform/kinds.ts';
import type { DestinationConfig } from './configuration.ts';
import { nearest } from './nearest.ts';
import {
  type Draft,
  placeIn,
  type ReadContext,
  readKnownKeys,
  readSection,
  type Section,
} from './read-section.ts';
import { destinationTypes, isKeyOfKind, type kindKeys, type programKeys } from './schema/destination.ts';
import type { Keys } from './schema/key.ts';
import { schema, schemaOfDestination } from './schema.ts';
import { readSectionName, type SingleSection } from './section-names.ts';

/** The configuration with each key read by itself; how the sections go together has not been looked at. */
export interface ConfigurationDraft {
  readonly sites: ReadonlyMap<string, Draft<typeof schema.site.keys>>;
  readonly destinations: ReadonlyMap<string, DestinationDraft>;
  readonly transfers: ReadonlyMap<string, Draft<typeof schema.transfer.keys>>;
  readonly state: Draft<typeof schema.state.keys>;
  readonly log: Draft<typeof schema.log.keys>;
  readonly notify: Draft<typeof schema.notify.keys>;
  readonly mail: Draft<typeof schema.mail.keys>;
  readonly webhook: Draft<typeof schema.webhook.keys>;
  readonly ping: Draft<typeof schema.ping.keys>;
  readonly metrics: Draft<typeof schema.metrics.keys>;
}

export type DestinationDraft =
  | FileSystemDraft
  | (Draft<typeof schema.sqlServer.keys> & { readonly type: 'sql-server' })
  | (Draft<typeof schema.sqlite.keys> & { readonly type: 'sqlite' })
  | (Draft<typeof programKeys> & { readonly type: 'program' })
  | (Draft<Keys> & { readonly type: null });

export type FileSystemDraft = Draft<typeof schema.fileSystem.keys> & {
  readonly type: 'file-system';
  readonly kinds: ReadonlyMap<Kind, Draft<typeof kindKeys>>;
};

interface NamedSections {
  readonly site: Map<string, Section>;
  readonly destination: Map<string, Section>;
  readonly transfer: Map<string, Section>;
  readonly kind: Map<string, Map<Kind, Section>>;
  readonly single: Map<SingleSection, Section>;
}

export function readDraft(sections: Iterable<Section>, context: ReadContext): ConfigurationDraft {
  const byName = sortByName(sections, context);
  const single = <K extends Keys>(name: SingleSection, keys: K) =>
    readSection(byName.single.get(name) ?? { name, line: null, entries: new Map() }, keys, context);
  return {
    sites: mapValues(byName.site, (section) => readSection(section, schema.site.keys, context)),
    destinations: readDestinations(byName, context),
    transfers: mapValues(byName.transfer, (section) => readSection(section, schema.transfer.keys, context)),
    state: single('state', schema.state.keys),
    log: single('log', schema.log.keys),
    notify: single('notify', schema.notify.keys),
    mail: single('notify.mail', schema.mail.keys),
    webhook: single('notify.webhook', schema.webhook.keys),
    ping: single('notify.ping', schema.ping.keys),
    metrics: single('metrics', schema.metrics.keys),
  };
}

function sortByName(sections: Iterable<Section>, { problems }: ReadContext): NamedSections {
  const sorted: NamedSections = {
    site: new Map(),
    destination: new Map(),
    transfer: new Map(),
    kind: new Map(),
    single: new Map(),
  };
  for (const section of sections) {
    const name = readSectionName(section.name);
    if ('message' in name) problems.add({ section: section.name, line: section.line, ...name });
    else if (name.family === 'kind') kindsOf(name.name, sorted).set(name.kind, section);
    else if ('name' in name) sorted[name.family].set(name.name, section);
    else sorted.single.set(name.family, section);
  }
  return sorted;
}

function kindsOf(destination: string, { kind }: NamedSections): Map<Kind, Section> {
  const known = kind.get(destination) ?? new Map<Kind, Section>();
  kind.set(destination, known);
  return known;
}

function readDestinations(
  byName: NamedSections,
  context: ReadContext,
): ReadonlyMap<string, DestinationDraft> {
  for (const [destination, kinds] of byName.kind) {
    if (!byName.destination.has(destination)) reportStray(destination, kinds, byName, context);
  }
  return mapValues(byName.destination, (section, name) =>
    readDestination(section, byName.kind.get(name) ?? new Map(), context),
  );
}

function readDestination(
  section: Section,
  kinds: ReadonlyMap<Kind, Section>,
  context: ReadContext,
): DestinationDraft {
  const type = typeOf(section);
  if (type === null) {
    const { type } = schema.fileSystem.keys;
    return { ...readKnownKeys(section, { type }, context), type: null };
  }
  if (type === 'file-system') {
    const { keys } = schemaOfDestination[type];
    return {
      ...readSection(section, keys, context),
      type,
      kinds: mapValues(kinds, (own, kind) => readKindSection(own, kind, context)),
    };
  }
  reportKindSections(kinds, type, context);
  if (type === 'program') return { ...readKnownKeys(section, schemaOfDestination[type].keys, context), type };
  if (type === 'sqlite') return { ...readSection(section, schemaOfDestination[type].keys, context), type };
  return { ...readSection(section, schemaOfDestination[type].keys, context), type };
}

/** The type of a destination, before anything is checked: which keys are known depends on it. */
export function typeOf(section: Pick<Section, 'entries'>): DestinationConfig['type'] | null {
  const written = section.entries.get('type')?.text.toLowerCase();
  return destinationTypes.find((type) => type === written) ?? null;
}

function readKindSection(section: Section, kind: Kind, context: ReadContext): Draft<typeof kindKeys> {
  const draft = readSection(section, schema.kind.keys, context);
  for (const key of section.entries.keys()) {
    if (!Object.hasOwn(schema.kind.keys, key) || isKeyOfKind(key, kind)) continue;
    context.problems.add({
      ...placeIn(section, key),
      message: `has no meaning for ${kind}`,
      remedy: `Remove the line: ${key} is for ${key === 'format' ? 'recordings' : 'backups'}.`,
    });
  }
  return draft;
}

function reportKindSections(
  kinds: ReadonlyMap<Kind, Section>,
  type: string,
  { problems }: ReadContext,
): void {
  for (const section of kinds.values()) {
    problems.add({
      section: section.name,
      line: section.line,
      message: `belongs to a destination of type ${type}, which has no sections for kinds`,
      remedy: `Remove the section, or make the destination type = file-system.`,
    });
  }
}

function reportStray(
  destination: string,
  kinds: ReadonlyMap<Kind, Section>,
  byName: NamedSections,
  { problems }: ReadContext,
): void {
  const close = nearest(destination, byName.destination.keys());
  for (const section of kinds.values()) {
    problems.add({
      section: section.name,
      line: section.line,
      message: `belongs to a destination that is not there: [destination.${destination}]`,
      remedy: close === null ? `Add [destination.${destination}] with its type.` : `Did you mean ${close}?`,
      nearest: close,
    });
  }
}

function mapValues<K, A, B>(map: ReadonlyMap<K, A>, change: (value: A, key: K) => B): ReadonlyMap<K, B> {
  return new Map(Array.from(map, ([key, value]) => [key, change(value, key)]));
}
