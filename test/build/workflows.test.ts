import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { projectRoot } from '../../scripts/runtime.mjs';

const folder = join(projectRoot, '.github/workflows');

for (const name of readdirSync(folder)) {
  const text = readFileSync(join(folder, name), 'utf8');
  const steps = text.split(/^ {6}- /m);

  describe(`the workflow ${name}`, () => {
    test('runs only actions that are pinned by their commit', () => {
      const uses = [...text.matchAll(/uses: (.+)/g)].map(([, action = '']) => action);
      assert.ok(uses.length > 0);
      for (const action of uses) assert.match(action, /^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
    });

    test('gives no job a right that it does not ask for, and write rights to publishing alone', () => {
      assert.match(text, /^permissions: \{\}$/m);
      const [, jobs = ''] = text.split(/^jobs:$/m);
      for (const job of jobs.split(/^ {2}(?=[\w-]+:$)/m).filter((one) => one.trim() !== '')) {
        assert.match(job, /^ {4}permissions:$/m, job.slice(0, 40));
        if (!job.startsWith('publish:')) assert.doesNotMatch(job, /: write$/m);
      }
    });

    test('leaves no credentials in a checkout', () => {
      const checkouts = steps.filter((step) => step.includes('actions/checkout@'));
      for (const step of checkouts) assert.match(step, /persist-credentials: false/);
    });
  });
}
