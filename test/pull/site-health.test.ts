import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Unavailable, Unreachable } from '../../src/appliance/unreachable.ts';
import { IcError } from '../../src/platform/errors.ts';
import { SiteHealth } from '../../src/pull/site-health.ts';

const unavailable = () =>
  new Unavailable('It is unavailable (status 503).', { what: 'it', status: 503, hint: '' });
const notFound = () => new IcError('refused', 'It is not there: Document Not Found (status 404).');
const denied = () => new IcError('refused', 'The account may not see it (status 403).');
const cutOff = () => new Unreachable('It broke off.', { passing: true, cutOff: true });
const strange = () => new IcError('not-understood', 'It is a page.');

function fail(health: SiteHealth, error: () => IcError, times: number): void {
  for (let time = 0; time < times; time += 1) health.failed(error());
}

for (const [what, error] of [
  ['is unavailable', unavailable],
  ['denies', denied],
] as const) {
  test(`the tenth failure in a row of a site that ${what} is the site's`, () => {
    const health = new SiteHealth();
    fail(health, error, 9);
    assert.throws(() => health.failed(error()), { message: error().message });
  });

  test(`from the fifth in a row of a site that ${what} on, the newest are tried`, () => {
    const health = new SiteHealth();
    fail(health, error, 4);
    assert.equal(health.isDoubtful, false);
    health.failed(error());
    assert.equal(health.isDoubtful, true);
  });
}

for (const [what, answer] of [
  ['a recording that is not found', (health: SiteHealth) => health.failed(notFound())],
  ['one that breaks off', (health: SiteHealth) => health.failed(cutOff())],
  ['one that is not understood', (health: SiteHealth) => health.failed(strange())],
  ['one that comes, or is not ready', (health: SiteHealth) => health.answered()],
] as const) {
  test(`${what} shows that the site answers: failures are counted anew`, () => {
    const health = new SiteHealth();
    fail(health, unavailable, 9);
    answer(health);
    assert.equal(health.isDoubtful, false);
    assert.doesNotThrow(() => fail(health, unavailable, 9));
    assert.throws(() => health.failed(unavailable()));
  });
}

test('a site that has answered about one recording may deny any number of others', () => {
  const health = new SiteHealth();
  health.answered();
  assert.doesNotThrow(() => fail(health, denied, 30));
  assert.doesNotThrow(() => health.conclude());
});

test('a site that finds none of ten keeps them from the account, unless it has answered about another', () => {
  const none = new SiteHealth();
  fail(none, notFound, 10);
  assert.throws(() => none.conclude(), { message: notFound().message });
  const few = new SiteHealth();
  fail(few, notFound, 9);
  assert.doesNotThrow(() => few.conclude());
  const some = new SiteHealth();
  fail(some, notFound, 30);
  some.answered();
  assert.doesNotThrow(() => some.conclude());
});
