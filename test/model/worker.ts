import { parentPort, workerData } from 'node:worker_threads';
import { histories } from './histories.ts';
import { assertHistories } from './history.ts';
import { mortal } from './steps/kills.ts';

/** Outside of the test runner, which follows every promise at a price. */
try {
  await assertHistories(histories[workerData as keyof typeof histories]);
  parentPort?.postMessage(null);
} catch (error) {
  parentPort?.postMessage(textOf(error));
} finally {
  mortal.end();
}

/** What fast-check found, and what happened in the shortest history. */
function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? '' : `\n\n${textOf(error.cause)}`;
  return `${error.message}${cause}`;
}
