import { test } from 'node:test';
import { assertHistoriesOf } from './in-worker.ts';

test('nothing is lost or doubled while clocks lie', () => assertHistoriesOf('clocks'));
