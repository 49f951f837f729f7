import { test } from 'node:test';
import { assertHistoriesOf } from './in-worker.ts';

test('a database holds everything exactly once', () => assertHistoriesOf('database'));
