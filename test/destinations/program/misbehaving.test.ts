import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import type { Destination } from '../../../src/destinations/destination.ts';
import { type ErrorCode, IcError } from '../../../src/platform/errors.ts';
import { calm } from '../../conformance/support.ts';
import { makeSessionDelivery } from '../../support/deliveries.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';
import { connectProgram, hasGone, nodeCommand } from './support.ts';

interface Failure {
  readonly code: ErrorCode;
  readonly says: RegExp;
  /** It is told while the program is started, not while something is delivered. */
  readonly atOpen?: boolean;
  /** Its silence is what is noticed. */
  readonly silent?: boolean;
  /** More than pipes hold. */
  readonly large?: boolean;
  /** Why it cannot be had on this system. */
  readonly skip?: string | false;
}

const cannotClose = process.platform === 'win32' && 'Node has its pipes open twice there, and closes but one';

const failures: Readonly<Record<string, Failure>> = {
  'ends at once': { code: 'io', says: /ended with exit code 4 before it was ready/, atOpen: true },
  'is never ready': {
    code: 'unreachable',
    says: /silent for 1 s before it was ready/,
    atOpen: true,
    silent: true,
  },
  'speaks another version': { code: 'configuration', says: /speaks version 2 .* version 1/, atOpen: true },
  'speaks another version, whatever else it says': {
    code: 'configuration',
    says: /speaks version 9 .* version 1/,
    atOpen: true,
  },
  'takes other kinds': {
    code: 'configuration',
    says: /does not take sessions, which hq-to-plugin/,
    atOpen: true,
  },
  'is ready without kinds': { code: 'io', says: /which kinds it takes, out of sessions, /, atOpen: true },
  'crashes in the second batch': { code: 'io', says: /exit code 3 .* batch 2.* error: .* KeyError: ticket/ },
  'ends early': { code: 'io', says: /ended with exit code 0 before it confirmed batch 1/ },
  'is killed': { code: 'io', says: process.platform === 'win32' ? /ended/ : /ended by SIGKILL/ },
  hangs: { code: 'unreachable', says: /silent for 1 s before it confirmed batch 1/, silent: true },
  'stops reading': { code: 'unreachable', says: /silent for 1 s/, silent: true, large: true },
  'closes its input': {
    code: 'io',
    says: /stopped reading its standard input/,
    large: true,
    skip: cannotClose,
  },
  'closes its output': { code: 'io', says: /closed its standard output/, skip: cannotClose },
  'talks without an end': { code: 'io', says: /floods: it wrote \d+ lines of log and no answer/ },
  'complains without an end': { code: 'io', says: /floods.* error: again/ },
  'writes an endless line': { code: 'io', says: /floods: it wrote a line of more than \d+ bytes/ },
  'answers nonsense': { code: 'io', says: /no JSON object: Delivered 1 session\./ },
  'answers a list': { code: 'io', says: /no JSON object: \[\]/ },
  'answers with an unknown type': { code: 'io', says: /unknown type "done"/ },
  'confirms another batch': { code: 'io', says: /confirmed batch 8 when batch 1 was at hand/ },
  'confirms too early': { code: 'io', says: /confirmed batch 1 before it was asked to/, large: true },
  'confirms an unknown item': { code: 'io', says: /spoke of item 99/ },
  'refuses an unknown item': { code: 'io', says: /spoke of item 99/ },
  'refuses without an end': { code: 'io', says: /refused item 1 twice/ },
  'is ready twice': { code: 'io', says: /wrote a ready before it confirmed batch 1/ },
  'gives up': { code: 'refused', says: /given up: the token \*\*\* is no good/ },
};

describe('a plugin that misbehaves fails its transfer clearly, and is gone afterwards', () => {
  for (const [mode, failure] of Object.entries(failures)) {
    test(`one that ${mode}`, { skip: failure.skip ?? false }, async (context) => {
      const { destination, pid } = await misbehaving(context, mode, failure);
      const batch = await someSessions(failure);
      const deliver = async () => {
        if (failure.atOpen) return destination.open(calm);
        await destination.open(calm);
        for (;;) await destination.deliver(batch, calm);
      };

      const error = await rejection(deliver());
      assert.equal(error.code, failure.code);
      assert.match(error.message, failure.says);
      assert.match(error.message, /destination plugin/);
      assert.ok(error.hint, 'it names a remedy');
      assert.doesNotMatch(`${error.message} ${error.hint}`, /s3cret-value/);
      if (!failure.atOpen) assert.equal(await rejection(destination.deliver(batch, calm)), error);
      await destination.close();
      await hasGone(await pid());
    });
  }
});

test('a check says the same', async (context) => {
  const { destination } = await misbehaving(
    context,
    'speaks another version',
    failures['speaks another version'],
  );
  const results = await Array.fromAsync(destination.check(calm));
  await destination.close();

  assert.equal(results.length, 1);
  assert.equal(results[0]?.ok, false);
  assert.match(results[0]?.message ?? '', /speaks version 2/);
  assert.equal(results[0]?.error?.code, 'configuration');
});

async function misbehaving(context: TestContext, mode: string, failure: Failure | undefined) {
  const directory = await temporaryDirectory(context);
  const script = new URL('plugins/misbehaving.ts', import.meta.url);
  const destination: Destination = connectProgram(`${nodeCommand(script)} '${mode}'`, directory, {
    answerTimeout: failure?.silent ? 1 : 300,
    secrets: ['s3cret-value'],
  });
  context.after(() => destination.close());
  return { destination, pid: async () => Number(await readFile(join(directory, 'plugin.pid'), 'utf8')) };
}

function someSessions({ large = false }: Failure) {
  const lsids = large ? ['a1', 'a2', 'a3'] : ['a1', 'a2'];
  return Promise.all(lsids.map((lsid) => makeSessionDelivery({ lsid, padding: large ? 500_000 : 0 })));
}

async function rejection(attempt: Promise<unknown>): Promise<IcError> {
  const error = await attempt.then(
    () => assert.fail('it did not fail'),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof IcError, String(error));
  return error;
}
