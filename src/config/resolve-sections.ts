import { dirname } from 'node:path';
import type { Run } from '../platform/run-program.ts';
import type { Decrypted } from './dpapi.ts';
import type { IniEntry, IniSection } from './ini-lines.ts';
import type { Problems } from './problem.ts';
import type { Section } from './read-section.ts';
import { type Entry, resolveReferences, type Unresolved } from './references.ts';

interface ResolveOptions {
  readonly configuration: string;
  readonly env?: NodeJS.ProcessEnv | undefined;
  readonly platform?: NodeJS.Platform | undefined;
  readonly run?: Run | undefined;
}

/** Fills in what values refer to, and decrypts those that are encrypted. */
export async function resolveSections(
  sections: ReadonlyMap<string, IniSection>,
  options: ResolveOptions,
  problems: Problems,
): Promise<readonly Section[]> {
  const { configuration, env = process.env } = options;
  const decrypted = await decryptValues(sections, { ...options, env });
  const surroundings = { directory: dirname(configuration), env };
  const resolved: Section[] = [];
  for (const { name, line, entries } of sections.values()) {
    const lenient = isProgram(entries);
    const done = new Map<string, Entry>();
    for (const entry of entries.values()) {
      const report = (found: Unresolved) =>
        problems.add({ section: name, key: entry.key, line: entry.line, ...found });
      const secret = decrypted.get(entry);
      done.set(
        entry.key,
        secret
          ? toEntry(entry, secret, report)
          : await resolveReferences(entry, surroundings, lenient, report),
      );
    }
    resolved.push({ name, line, entries: done });
  }
  return resolved;
}

/** What decrypting takes is loaded only for a configuration that has something to decrypt. */
async function decryptValues(
  sections: ReadonlyMap<string, IniSection>,
  options: ResolveOptions & { readonly env: NodeJS.ProcessEnv },
): Promise<ReadonlyMap<IniEntry, Decrypted>> {
  const all = Array.from(sections.values(), ({ name, entries }) =>
    Array.from(entries.values(), (entry) => ({ entry, section: name, key: entry.key, value: entry.value })),
  );
  const encrypted = all.flat().filter(({ value }) => value.startsWith('enc:'));
  if (encrypted.length === 0) return new Map();
  const { decryptAll } = await import('./decrypt.ts');
  const decrypted = await decryptAll(encrypted, options);
  return new Map(Array.from(decrypted, ([{ entry }, result]) => [entry, result]));
}

function toEntry(entry: IniEntry, secret: Decrypted, report: (problem: Unresolved) => void): Entry {
  const common = { key: entry.key, line: entry.line, written: entry.value };
  if ('error' in secret) {
    const { message, hint } = secret.error;
    report({ message: lowerFirst(message), remedy: hint ?? '' });
    return { ...common, text: '', parts: [], failed: true };
  }
  return {
    ...common,
    text: secret.text,
    parts: [{ origin: 'encrypted', path: null, variable: null, text: secret.text }],
    failed: false,
  };
}

function lowerFirst(text: string): string {
  return text.slice(0, 1).toLowerCase() + text.slice(1);
}

/** What stands in a program's section is the program's, whatever it means by `${title}`. */
function isProgram(entries: ReadonlyMap<string, IniEntry>): boolean {
  return entries.get('type')?.value.toLowerCase() === 'program';
}
