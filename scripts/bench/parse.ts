import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { executablePath } from '../executable.ts';
import type { Bench } from './main.ts';
import { compare, run } from './measure.ts';
import { writeReport } from './report-file.ts';

/** Parse and model beside expat's well-formedness check, on one file of 200 MB. */
export const parse: Bench = {
  name: 'parse',
  async run(report) {
    const directory = await mkdtemp(join(tmpdir(), 'ic-bench-'));
    try {
      const file = join(directory, 'report.xml');
      await writeReport(file, 200e6);
      const { size } = await stat(file);
      const [ic, expat] = await compare(
        5,
        () => run(executablePath, ['replay', file]),
        () => run('xmlwf', [file]),
      );
      const rates = `${rate(size, ic)} and ${rate(size, expat)}`;
      report({
        what: 'parse and model, in rates of xmlwf',
        value: expat / ic,
        unit: '×',
        least: 0.4,
        detail: rates,
      });
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  },
};

export function rate(bytes: number, seconds: number): string {
  return `${Math.round(bytes / seconds / 1e6)} MB/s`;
}
