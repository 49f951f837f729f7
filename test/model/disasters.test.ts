import { test } from 'node:test';
import { assertHistoriesOf } from './in-worker.ts';

test('nothing is lost or doubled by kills, exchanged disks and restored copies', () =>
  assertHistoriesOf('disasters'));
