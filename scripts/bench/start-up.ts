import { executablePath } from '../executable.ts';
import { findRuntime } from '../runtime.mjs';
import type { Bench } from './main.ts';
import { compare, run } from './measure.ts';

/** `ic --version` beside the bare runtime. */
export const startUp: Bench = {
  name: 'start-up',
  async run(report) {
    const node = findRuntime();
    const [ic, bare] = await compare(
      21,
      () => run(executablePath, ['--version']),
      () => run(node, ['-e', '0']),
    );
    report({
      what: 'ic --version, in bare starts of the runtime',
      value: ic / bare,
      unit: '×',
      most: 2,
      detail: `${ms(ic)} and ${ms(bare)}`,
    });
  },
};

export function ms(seconds: number): string {
  return `${Math.round(seconds * 1000)} ms`;
}
