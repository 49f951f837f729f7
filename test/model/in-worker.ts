import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { histories } from './histories.ts';

/** Goes through histories in a thread of their own, which has room for what short-lived pulls leave behind. */
export async function assertHistoriesOf(name: keyof typeof histories): Promise<void> {
  const resourceLimits = { maxYoungGenerationSizeMb: 64 };
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData: name, resourceLimits });
  const [failure] = await once(worker, 'message');
  if (failure !== null) assert.fail(failure);
}
