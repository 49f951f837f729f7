import { resolve } from 'node:path';
import { errorCode, isNotOwnFile } from '../platform/io-error.ts';
import { readTrustedFile, UntrustedFile } from '../platform/trusted-file.ts';
import type { IniEntry } from './ini-lines.ts';
import { nearest } from './nearest.ts';
import { secretText } from './secret-text.ts';

/** A value of the file with what it refers to filled in. */
export interface Entry {
  readonly key: string;
  readonly line: number;
  /** As it stands in the file, without comment and outer quotes. */
  readonly written: string;
  /** What it comes to. */
  readonly text: string;
  /** What `${env:}` and `${file:}` in it, or its decryption, gave. */
  readonly parts: readonly Part[];
  /** Whether something could not be filled in; that has been reported, and `text` is of no use. */
  readonly failed: boolean;
}

export interface Part {
  readonly origin: 'env' | 'file' | 'encrypted';
  /** The file that it came from; null otherwise. */
  readonly path: string | null;
  /** The environment variable that it came from; null otherwise. */
  readonly variable: string | null;
  readonly text: string;
}

export interface Surroundings {
  /** What paths are relative to: the directory of the configuration. */
  readonly directory: string;
  readonly env: NodeJS.ProcessEnv;
}

/** Something that a value refers to and that is not there. */
export interface Unresolved {
  readonly message: string;
  readonly remedy: string;
  /** The reference itself, which is no secret. */
  readonly value?: string;
  readonly nearest?: string | null;
}

const reference = /(\$?)\$\{([A-Za-z_]\w*)(?::([^}]*))?(\}?)/g;
const sources = ['env', 'file'];

/**
 * Fills in `${env:NAME}` and `${file:PATH}`; `$${env:NAME}` stands for itself. What was filled in is not looked at
 * again. With `lenient`, for values that belong to somebody else's program, other `${…}` are left as they are.
 */
export async function resolveReferences(
  entry: Pick<IniEntry, 'key' | 'value' | 'line'>,
  surroundings: Surroundings,
  lenient: boolean,
  report: (problem: Unresolved) => void,
): Promise<Entry> {
  const parts: Part[] = [];
  let failed = false;
  let text = '';
  let end = 0;
  for (const match of entry.value.matchAll(reference)) {
    const found = await resolveOne(match, surroundings, lenient);
    text += entry.value.slice(end, match.index);
    end = match.index + match[0].length;
    if (typeof found === 'string') {
      text += found;
    } else if ('message' in found) {
      failed = true;
      report({ value: match[0], ...found });
    } else {
      text += found.text;
      parts.push(found);
    }
  }
  text += entry.value.slice(end);
  return { key: entry.key, line: entry.line, written: entry.value, text, parts, failed };
}

async function resolveOne(
  match: RegExpExecArray,
  surroundings: Surroundings,
  lenient: boolean,
): Promise<string | Part | Unresolved> {
  const [whole, escaping, source = '', name, closing] = match;
  const known = sources.includes(source) && name !== undefined;
  if (!known && lenient) return whole;
  if (escaping) return whole.slice(1);
  if (!known) return unknownSource(source);
  if (!closing)
    return { message: `holds \${${source}: without a }`, remedy: `Write \${${source}:…} with its brace.` };
  return source === 'env' ? fromEnvironment(name, surroundings) : fromFile(name, surroundings);
}

function unknownSource(source: string): Unresolved {
  const close = nearest(source, sources) ?? 'env';
  return {
    message: `holds \${${source}…}, which is no reference that ic knows`,
    remedy: `Write \${env:NAME} or \${file:PATH}; $\${${source} stands for itself.`,
    nearest: close,
  };
}

function fromEnvironment(name: string, { env }: Surroundings): Part | Unresolved {
  const text = env[name];
  if (text !== undefined) return { origin: 'env', path: null, variable: name, text };
  return {
    message: `refers to the environment variable ${name}, which is not set`,
    remedy: `Set ${name} for the user and the service that run ic.`,
    nearest: nearest(name, Object.keys(env)),
  };
}

async function fromFile(name: string, { directory, env }: Surroundings): Promise<Part | Unresolved> {
  const path = resolve(directory, name);
  try {
    return { origin: 'file', path, variable: null, text: secretText(await readTrustedFile(path, env)) };
  } catch (error) {
    if (error instanceof UntrustedFile)
      return { message: `refers to the file ${path}, which ${error.message}`, remedy: error.remedy };
    return {
      message: `refers to the file ${path}, which ${whyUnreadable(error)}`,
      remedy: 'Create the file, readable by the user that runs ic, as UTF-8 text.',
    };
  }
}

/** What is wrong with a value that stands in the file and comes to nothing; null when none stands there. */
export function whyEmpty(entry: Entry | undefined): Pick<Unresolved, 'message' | 'remedy'> | null {
  if (entry === undefined || entry.written === '' || entry.text !== '') return null;
  const [, source = '', name = ''] = /\$\{(env|file):([^}]*)\}/.exec(entry.written) ?? [];
  if (source === 'env') {
    return {
      message: `is empty: the environment variable ${name} is set, but empty`,
      remedy: `Give ${name} its value for the user and the service that run ic.`,
    };
  }
  if (source === 'file') {
    const path = entry.parts[0]?.path ?? name;
    return { message: `is empty: the file ${path} is`, remedy: 'Write the value into the file.' };
  }
  return { message: 'is empty: what is encrypted is', remedy: 'Encrypt the value with ic secret encrypt.' };
}

export function whyUnreadable(error: unknown): string {
  if (error instanceof UntrustedFile) return error.message;
  if (error instanceof Error && isNotOwnFile(error)) return error.message.replace(/^it /, '');
  const code = errorCode(error);
  if (code === 'ENOENT' || code === 'ENOTDIR') return 'does not exist';
  if (code === 'EACCES' || code === 'EPERM') return 'may not be read by this user';
  if (code === 'EISDIR') return 'is a directory';
  return code === null ? 'is not UTF-8 text' : `cannot be read (${code})`;
}
