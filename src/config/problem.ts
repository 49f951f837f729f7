import { type ErrorSummary, IcError } from '../platform/errors.ts';

/** One thing that is wrong with the configuration, with all that a person needs to mend it. Holds no secret. */
export interface Problem {
  /** Without brackets: `site.hq`; null for the file as a whole. */
  readonly section: string | null;
  readonly key: string | null;
  /** As written in the file; `***` for a secret; null when it is the name, not the value, that is at fault. */
  readonly value: string | null;
  readonly message: string;
  readonly remedy: string;
  /** Counted from 1; null when nothing in the file is to blame but that something is missing. */
  readonly line: number | null;
  /** The known name or value that was probably meant. */
  readonly nearest: string | null;
}

export interface ConfigurationErrorSummary extends ErrorSummary {
  readonly problems: readonly Problem[];
}

/** A configuration that cannot be used, with everything that is wrong with it. Exit code 78. */
export class ConfigurationError extends IcError {
  readonly file: string;
  readonly problems: readonly Problem[];

  constructor(file: string, problems: readonly Problem[], cause?: unknown) {
    super('configuration', describe(file, problems), { hint: hintFor(problems), cause });
    this.name = 'ConfigurationError';
    this.file = file;
    this.problems = problems;
  }

  override toSummary(): ConfigurationErrorSummary {
    return { ...super.toSummary(), problems: this.problems };
  }
}

/** Where a problem is, for people: `line 3, [site.hq] host`; empty for the file as a whole. */
export function placeOf({ line, section, key }: Problem): string {
  const name = [section === null ? '' : `[${section}]`, key ?? ''].filter(Boolean).join(' ');
  return [line === null ? '' : `line ${line}`, name].filter(Boolean).join(', ');
}

/** A problem in one line, without its remedy: `line 3, [site.hq] timeout = 5x: is not a duration`. */
export function describeProblem(problem: Problem): string {
  const value = problem.value === null || problem.key === null ? '' : ` = ${problem.value}`;
  const place = `${placeOf(problem)}${value}`;
  return place === '' ? problem.message : `${place}: ${problem.message}`;
}

/** Gathers problems, so that a person learns of all of them at once. */
export class Problems {
  readonly #list: Problem[] = [];

  add(problem: Partial<Problem> & Pick<Problem, 'message' | 'remedy'>): void {
    this.#list.push({ section: null, key: null, value: null, line: null, nearest: null, ...problem });
  }

  /** In the order of the file; what has no line comes last. */
  throwIfAny(file: string): void {
    if (this.#list.length === 0) return;
    const byLine = this.#list.toSorted((a, b) => (a.line ?? Infinity) - (b.line ?? Infinity) || 0);
    throw new ConfigurationError(file, byLine);
  }
}

function describe(file: string, problems: readonly Problem[]): string {
  const [first] = problems;
  if (first && problems.length === 1) return `${file}: ${describeProblem(first)}.`;
  const lines = problems.map((problem) => `  ${describeProblem(problem)}. ${problem.remedy}`);
  return [`${file} has ${problems.length} problems:`, ...lines].join('\n');
}

function hintFor(problems: readonly Problem[]): string {
  const [first] = problems;
  return first && problems.length === 1 ? first.remedy : 'Mend them all, then run ic check.';
}
