import { IcError } from '../platform/errors.ts';
import { readTrustedFile, UntrustedFile } from '../platform/trusted-file.ts';
import { readValue } from './ini-lines.ts';
import { whyUnreadable } from './references.ts';

/** A value as it stands in the file, without comment and outer quotes, and where it stands. */
export interface WrittenValue {
  readonly section: string;
  readonly key: string;
  readonly value: string;
}

/** The text of a configuration as it is, its byte order mark included. Throws a `configuration` error. */
export async function readForRewriting(path: string, env: NodeJS.ProcessEnv): Promise<string> {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(
      await readTrustedFile(path, env),
    );
  } catch (cause) {
    throw new IcError('configuration', `The configuration ${path} ${whyUnreadable(cause)}.`, {
      hint:
        cause instanceof UntrustedFile
          ? cause.remedy
          : 'Name another with --config FILE or IC_CONFIG, or write a new one with ic init.',
      cause,
    });
  }
}

/**
 * The text with other values where `change` gives one; all the rest, comments and line ends included, stays as it
 * is. A new value must need no quotes that the old one does not have.
 */
export function rewriteValues(text: string, change: (written: WrittenValue) => string | null): string {
  let section = '';
  return text
    .split(/(\r\n|\n|\r)/)
    .map((line) => {
      const content = line.trim();
      if (content === '' || /^[;#]/.test(content)) return line;
      if (content.startsWith('[')) {
        section = /^\[([^\]]*)\]/.exec(content)?.[1]?.trim() ?? '';
        return line;
      }
      return rewriteLine(line, section, change);
    })
    .join('');
}

function rewriteLine(
  line: string,
  section: string,
  change: (written: WrittenValue) => string | null,
): string {
  const equals = line.indexOf('=');
  if (equals < 0) return line;
  const value = readValue(line.slice(equals + 1));
  const changed = change({ section, key: line.slice(0, equals).trim(), value });
  if (changed === null) return line;
  const begin = value === '' ? equals + 1 : line.indexOf(value, equals + 1);
  return line.slice(0, begin) + changed + line.slice(begin + value.length);
}
