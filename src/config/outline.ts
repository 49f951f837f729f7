import { type IniSection, readIniLines } from './ini-lines.ts';
import { Problems } from './problem.ts';
import { readSectionName } from './section-names.ts';

/** The names of a configuration's sites, destinations or transfers, as they stand in its text, right or wrong. */
export function namesIn(text: string, family: 'site' | 'destination' | 'transfer'): readonly string[] {
  return sectionsOf(text).flatMap(({ name: written }) => {
    const section = readSectionName(written);
    return 'family' in section && section.family === family ? [section.name] : [];
  });
}

/** The environment variables that a configuration takes values from: whoever runs `ic` must have them. */
export function environmentNamesIn(text: string): readonly string[] {
  return referencesIn(text, 'env');
}

/** The files that a configuration takes values from, as they stand in it. */
export function fileNamesIn(text: string): readonly string[] {
  return referencesIn(text, 'file');
}

function referencesIn(text: string, wanted: 'env' | 'file'): readonly string[] {
  const values = sectionsOf(text).flatMap(({ entries }) => [...entries.values()].map(({ value }) => value));
  const references = values.flatMap((value) => [...value.matchAll(/(\$?)\$\{(env|file):([^}]*)\}/g)]);
  const names = references.flatMap(([, escaping, source, name = '']) =>
    escaping || source !== wanted ? [] : [name],
  );
  return [...new Set(names)];
}

function sectionsOf(text: string): readonly IniSection[] {
  return [...readIniLines(text, new Problems()).values()];
}
