import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { describe, type TestContext, test } from 'node:test';
import { hour, type InstallationOptions, install } from '../support/installation.ts';

describe('ic check', { concurrency: 3 }, () => {
  test('finds everything well, and touches nothing', async (t) => {
    const { code, checks, installation } = await check(t);
    assert.equal(code, 0);
    assert.ok(checks.every(({ ok }) => ok));
    for (const subject of ['configuration', 'site', 'destination']) {
      assert.ok(
        checks.some((one) => one.subject === subject),
        subject,
      );
    }
    assert.equal(installation.appliance.requests.count({ report: 'SupportSession' }) <= 1, true);
    const spoken = await installation.ic(['check']);
    assert.deepEqual([spoken.code, spoken.stderr], [0, '']);
  });

  test('tells of a clock that differs', async (t) => {
    const { checks } = await check(t, { appliance: { clock: { now: Date.now() + hour * 1000 } } });
    assert.ok(
      checks.some(({ message }) => /36\d\d s|1 h|60 min/.test(message)),
      texts(checks),
    );
  });

  for (const [name, code, told, options] of [
    ['a wrong secret', 77, /credentials|secret|refused/i, { appliance: {}, spoil: 'secret' }],
    [
      'a permission that is missing',
      77,
      /permission|report/i,
      { appliance: { permissions: { support: false } } },
    ],
  ] as const) {
    test(`tells of ${name} with ${code} and the remedy`, async (t) => {
      const { spoil, ...rest } = { spoil: null, ...options };
      const installation = await install(t, rest);
      if (spoil === 'secret') installation.appliance.changeSecret('changed behind our back');
      const answered = await installation.json(['check']);
      assert.equal(answered.code, code, answered.stderr);
      const bad = (answered.document.checks as readonly Check[]).filter(({ ok }) => !ok);
      assert.ok(bad.length > 0 && bad.every(({ hint }) => hint), texts(bad));
      assert.match(texts(bad), told);
      const spoken = await installation.ic(['check', '--quiet']);
      assert.equal(spoken.code, code);
      assert.notEqual(spoken.stdout + spoken.stderr, '', '--quiet hides no failure');
    });
  }

  test('tells of a destination that cannot be written with 74', async (t) => {
    const installation = await install(t);
    await writeFile(installation.archive, 'in the way');
    const { code, document } = await installation.json(['check']);
    assert.equal(code, 74);
    assert.match(texts(document.checks.filter(({ ok }: Check) => !ok)), /archive/);
    assert.equal((await installation.ic(['check', '--site', 'hq'])).code, 0, 'the site alone is well');
    assert.equal((await installation.ic(['check', '--destination', 'archive'])).code, 74);
  });

  test('--offline asks nobody', async (t) => {
    const installation = await install(t);
    assert.equal((await installation.ic(['check', '--offline'])).code, 0);
    assert.equal(installation.appliance.requests.count(), 0);
  });
});

interface Check {
  readonly subject: string;
  readonly name: string;
  readonly ok: boolean;
  readonly message: string;
  readonly hint: string | null;
}

async function check(t: TestContext, options: InstallationOptions = {}) {
  const installation = await install(t, options);
  const { code, document } = await installation.json(['check']);
  return { code, checks: document.checks as readonly Check[], installation };
}

function texts(checks: readonly Check[]): string {
  return checks
    .map(({ subject, name, message, hint }) => `${subject} ${name}: ${message} ${hint}`)
    .join('\n');
}
