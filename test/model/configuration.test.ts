import { test } from 'node:test';
import { assertHistoriesOf } from './in-worker.ts';

test('nothing is lost or doubled when the configuration changes', () => assertHistoriesOf('configuration'));
