import { test } from 'node:test';
import { assertHistoriesOf } from './in-worker.ts';

test('an archive of files holds everything exactly once', () => assertHistoriesOf('files'));
