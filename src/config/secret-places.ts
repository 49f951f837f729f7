import type { SecretPlace } from './configuration.ts';
import type { ConfigurationDraft } from './draft.ts';
import type { Draft } from './read-section.ts';
import type { Entry } from './references.ts';
import type { Keys, SecretSpec } from './schema/key.ts';
import { whole } from './schema/secret-parts.ts';
import { isBound } from './secrets.ts';

/** Every secret value: of secret keys, of what was encrypted, and of what a program's section refers to. */
export function secretsOf(draft: ConfigurationDraft): readonly string[] {
  const secrets = new Set<string>();
  for (const section of sectionsOf(draft)) {
    for (const entry of section.entries.values()) {
      for (const secret of secretsIn(entry, section)) secrets.add(secret).add(inUrl(secret));
    }
  }
  return [...secrets].filter((secret) => secret !== '');
}

/** Which keys of secrets there are, and where each secret is kept. */
export function secretPlacesOf(draft: ConfigurationDraft): readonly SecretPlace[] {
  const places: SecretPlace[] = [];
  for (const section of sectionsOf(draft)) {
    for (const entry of section.entries.values()) {
      const spec = secretSpecOf(entry, section);
      const place = spec ? placeOf(entry, spec) : null;
      if (place) places.push({ section: section.name, key: entry.key, line: entry.line, ...place });
    }
  }
  return places;
}

/** The environment variables that a secret comes from, or a piece of one. */
export function secretVariablesOf(draft: ConfigurationDraft): readonly string[] {
  const entries = sectionsOf(draft).flatMap((section) =>
    Array.from(section.entries.values(), (entry) => ({
      parts: entry.parts,
      secrets: secretsIn(entry, section),
    })),
  );
  const names = entries.flatMap(({ parts, secrets }) =>
    parts.flatMap(({ variable, text }) => (variable !== null && isOfAny(secrets, text) ? [variable] : [])),
  );
  return [...new Set(names)];
}

/** A password may be put together from several variables, and a variable hold a whole connection string. */
function isOfAny(secrets: readonly string[], text: string): boolean {
  return (
    text !== '' && secrets.some((secret) => secret !== '' && (secret.includes(text) || text.includes(secret)))
  );
}

function sectionsOf(draft: ConfigurationDraft): readonly Draft<Keys>[] {
  const { sites, destinations, mail, webhook, ping } = draft;
  return [...sites.values(), ...destinations.values(), mail, webhook, ping];
}

function inUrl(secret: string): string {
  return encodeURIComponent(secret.toWellFormed());
}

/** What a program is given by reference is taken for a secret: why else would it not stand in the file. */
function secretsIn(entry: Entry, section: Draft<Keys>): readonly string[] {
  const ofKey = secretSpecOf(entry, section)?.parts(entry.text) ?? [];
  const given = entry.parts.filter(({ origin }) => origin === 'encrypted' || isForeign(entry, section));
  return [...ofKey, ...given.map(({ text }) => text)];
}

/** A program's own keys are not in the schema; their names tell which ones are secret. */
function secretSpecOf(entry: Entry, section: Draft<Keys>): SecretSpec | null {
  if (!isForeign(entry, section)) return section.keys[entry.key]?.secret ?? null;
  return /passw|secret|token|api_?key|credential/i.test(entry.key) ? whole : null;
}

function isForeign(entry: Entry, section: Draft<Keys>): boolean {
  return !Object.hasOwn(section.keys, entry.key);
}

/** Null when the value holds no secret, as a connection string without a password. */
function placeOf(entry: Entry, spec: SecretSpec): Pick<SecretPlace, 'kept' | 'path' | 'bound'> | null {
  if (entry.text === '' || spec.parts(entry.text).length === 0) return null;
  const [part] = entry.parts;
  const isPlain = spec.parts(entry.written).some((text) => !text.includes('${'));
  if (!part || (isPlain && part.origin !== 'encrypted')) return { kept: 'plain', path: null, bound: true };
  return { kept: part.origin, path: part.path, bound: isBound(entry.written) };
}
