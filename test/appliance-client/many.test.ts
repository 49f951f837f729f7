import assert from 'node:assert/strict';
import { test } from 'node:test';
import { forEver, setUp, textOf } from './support.ts';

test('many calls at once under one signal leave nothing behind, and nothing on standard error', async (t) => {
  await using setup = await setUp();
  const warnings: string[] = [];
  const onWarning = (warning: Error): number => warnings.push(warning.message);
  process.on('warning', onWarning);
  t.after(() => process.off('warning', onWarning));
  const { signal } = new AbortController();

  const texts = await Promise.all(
    Array.from({ length: 60 }, async () => {
      const report = await setup.appliance.openReport({ report: 'SupportSession', lsids: ['x'] }, signal);
      return textOf(report.bytes);
    }),
  );
  await setup.appliance.openReport({ report: 'SupportSession', lsids: ['x'] }, forEver);

  assert.equal(texts.length, 60);
  assert.deepEqual(warnings, []);
});
