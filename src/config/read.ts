import { dirname, resolve } from 'node:path';
import type { Run } from '../platform/run-program.ts';
import { readTrustedFile, refuseUntrusted, UntrustedFile } from '../platform/trusted-file.ts';
import { buildConfiguration } from './build.ts';
import type { Configuration, KeyPlace } from './configuration.ts';
import { readDraft } from './draft.ts';
import { type IniSection, readIniLines } from './ini-lines.ts';
import { ConfigurationError, type Problem, Problems } from './problem.ts';
import { whyUnreadable } from './references.ts';
import { resolveSections } from './resolve-sections.ts';
import { checkRules } from './rules.ts';

export interface ReadOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly platform?: NodeJS.Platform;
  /** Reads the configuration itself; what it refers to is read from the file system. */
  readonly readFile?: (path: string) => Promise<Uint8Array>;
  /** Runs what decrypts secrets of Windows. */
  readonly run?: Run;
}

/** Reads and checks a configuration. Throws one `ConfigurationError` that carries everything that is wrong with it. */
export async function readConfiguration(path: string, options: ReadOptions = {}): Promise<Configuration> {
  const file = resolve(path);
  const problems = new Problems();
  const place = { directory: dirname(file) };
  const lines = readIniLines(await readText(file, options), problems);
  const sections = await resolveSections(lines, { ...options, configuration: file }, problems);
  const draft = readDraft(sections, { place, problems });
  checkRules(draft, problems);
  problems.throwIfAny(file);
  const configuration = buildConfiguration(file, draft, unclosedQuotesIn(lines));
  await requireTrustedAuthorities(configuration, options.env ?? process.env, problems);
  problems.throwIfAny(file);
  return configuration;
}

/** Whoever may write these decides which servers are taken for the right ones. */
async function requireTrustedAuthorities(
  { sites, notify }: Configuration,
  env: NodeJS.ProcessEnv,
  problems: Problems,
): Promise<void> {
  const places = [
    ...Array.from(sites.values(), ({ name, caFile }) => ({ section: `site.${name}`, caFile })),
    { section: 'notify.mail', caFile: notify.mail?.caFile ?? null },
  ];
  for (const { section, caFile } of places) {
    try {
      if (caFile !== null) await refuseUntrusted(caFile, env);
    } catch (error) {
      // That it is missing is reported by whoever needs it.
      if (!(error instanceof UntrustedFile)) continue;
      const message = `names ${caFile}, which ${error.message}`;
      problems.add({ section, key: 'ca_file', message, remedy: error.remedy });
    }
  }
}

function unclosedQuotesIn(sections: ReadonlyMap<string, IniSection>): readonly KeyPlace[] {
  return [...sections.values()].flatMap(({ name: section, entries }) =>
    [...entries.values()]
      .filter(({ isUnclosed }) => isUnclosed)
      .map(({ key, line }) => ({ section, key, line })),
  );
}

async function readText(file: string, options: ReadOptions): Promise<string> {
  let bytes: Uint8Array;
  try {
    bytes = await (options.readFile ?? ((path) => readTrustedFile(path, options.env ?? process.env)))(file);
  } catch (error) {
    if (error instanceof UntrustedFile) throw unusable(file, error.message, error.remedy, error);
    const remedy = 'Name another with --config FILE or IC_CONFIG, or write a new one with ic init.';
    throw unusable(file, whyUnreadable(error), remedy, error);
  }
  return decode(bytes, file);
}

function decode(bytes: Uint8Array, file: string): string {
  const saveAgain = 'Save it again as UTF-8, with or without a byte order mark.';
  const isUtf16 = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
  if (isUtf16 || bytes.includes(0)) throw unusable(file, 'is UTF-16 ("Unicode") or not a text', saveAgain);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw unusable(file, 'is not UTF-8 text', saveAgain, error);
  }
}

function unusable(file: string, message: string, remedy: string, cause?: unknown): ConfigurationError {
  const problem: Problem = {
    section: null,
    key: null,
    value: null,
    message: `the configuration ${message}`,
    remedy,
    line: null,
    nearest: null,
  };
  return new ConfigurationError(file, [problem], cause);
}
