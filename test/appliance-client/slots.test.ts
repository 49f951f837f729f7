import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Slots } from '../../src/appliance/slots.ts';

test('no more run at once than there are slots, in the order in which they came, though some fail', async () => {
  const slots = new Slots(2);
  const begun: number[] = [];
  let running = 0;
  let most = 0;
  const job = (number: number) =>
    slots.use(async () => {
      begun.push(number);
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
      if (number % 3 === 0) throw new Error('failed');
      return number;
    });
  const numbers = Array.from({ length: 12 }, (_, index) => index);
  const results = await Promise.allSettled(numbers.map(job));
  assert.equal(most, 2);
  assert.deepEqual(begun, numbers);
  assert.equal(results.filter(({ status }) => status === 'rejected').length, 4);
});
