import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Destination } from '../../../src/destinations/destination.ts';
import { IcError } from '../../../src/platform/errors.ts';
import { conformance, type Place } from '../../conformance/conformance.ts';
import { calm, statuses } from '../../conformance/support.ts';
import { makeSessionDelivery, type SessionDraft } from '../../support/deliveries.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';
import { HelpdeskServer } from './helpdesk-server.ts';
import { connectProgram, exampleUrl, noPython, python } from './support.ts';

const script = fileURLToPath(exampleUrl('push_to_helpdesk.py'));

if (noPython) {
  test('push_to_helpdesk.py', { skip: noPython }, () => {});
} else {
  conformance(
    'push_to_helpdesk.py',
    { kinds: ['sessions'], onUpdate: 'replaces', lacks: ['records'] },
    makePlace,
  );

  describe('push_to_helpdesk.py', { concurrency: true }, () => {
    test('a session becomes a note in the ticket that its external key names', async (context) => {
      const { helpdesk, deliver } = await desk(context);
      const [outcome] = await deliver({ lsid: 'a1', externalKey: 'HD 7/8', customer: 'Zoë' });

      assert.deepEqual([outcome?.status, outcome?.location], ['stored', 'HD 7/8, note 1']);
      const [note] = helpdesk.notes.values();
      assert.equal(note?.ticket, 'HD 7/8');
      assert.match(note?.text ?? '', /Began: 2026-11-22 10:00:00 UTC\n.*\nDuration: 00:10:00\n/);
      assert.match(note?.text ?? '', /Representatives: Ana\nCustomers: Zoë/);
    });

    test('without an external key and a default ticket a session is skipped', async (context) => {
      const { helpdesk, deliver } = await desk(context, { default_ticket: '' });
      assert.deepEqual(statuses(await deliver({ lsid: 'a1' })), ['skipped']);
      assert.equal(helpdesk.notes.size, 0);
    });

    test('what fails for a passing reason is tried again', async (context) => {
      const { helpdesk, deliver } = await desk(context);
      helpdesk.troubles.push(503, 429);
      assert.deepEqual(statuses(await deliver({ lsid: 'a1' })), ['stored']);
      assert.equal(helpdesk.asked.length, 3);
    });

    test('an answer that was lost leads to no second note', async (context) => {
      const { helpdesk, deliver } = await desk(context);
      helpdesk.troubles.push(0);
      assert.deepEqual(statuses(await deliver({ lsid: 'a1' })), ['stored']);
      assert.equal(helpdesk.notes.size, 1);
    });

    test('a record that was lost leads to no second note', async (context) => {
      const { helpdesk, deliver, directory } = await desk(context);
      await deliver({ lsid: 'a1' });
      await rm(join(directory, 'helpdesk-record.db'));
      await deliver({ lsid: 'a1' });
      assert.equal(helpdesk.notes.size, 1);
    });

    test('a note that somebody has removed is posted again when the session changes', async (context) => {
      const { helpdesk, deliver } = await desk(context);
      await deliver({ lsid: 'a1' });
      helpdesk.notes.clear();
      assert.deepEqual(statuses(await deliver({ lsid: 'a1', chat: 'another' })), ['updated']);
      assert.match([...helpdesk.notes.values()][0]?.report ?? '', /another/);
    });

    test('a ticket that takes no notes owes its session, and no other', async (context) => {
      const { deliver } = await desk(context);
      const outcomes = await deliver({ lsid: 'a1', externalKey: 'closed' }, { lsid: 'a2' });
      assert.deepEqual(statuses(outcomes), ['refused', 'stored']);
      assert.match(outcomes[0]?.error?.message ?? '', /HTTP 422 .*: \{"error":"the ticket is closed"\}/);
    });

    test('a refused token fails the transfer, and stands in no message', async (context) => {
      const { helpdesk, deliver } = await desk(context);
      helpdesk.token = 'renewed';
      await assert.rejects(deliver({ lsid: 'a1' }), (error) => {
        assert.ok(error instanceof IcError);
        assert.equal(error.code, 'refused');
        assert.match(error.message, /refuses the token \(HTTP 401\)/);
        assert.doesNotMatch(`${error.message} ${error.hint}`, /s3cret/);
        return true;
      });
    });

    test('a check asks the ticket system, and posts nothing', async (context) => {
      const { helpdesk, connect } = await desk(context);
      const check = async () => {
        const destination = connect();
        const results = await Array.fromAsync(destination.check(calm));
        await destination.close();
        return results.map(({ ok }) => ok);
      };
      assert.deepEqual(await check(), [true]);
      assert.deepEqual(helpdesk.asked, ['GET /api/me']);
      helpdesk.token = 'renewed';
      assert.deepEqual(await check(), [false]);
    });
  });
}

interface Desk {
  readonly helpdesk: HelpdeskServer;
  readonly directory: string;
  connect(): Destination;
  /** A run of its own. */
  deliver(...drafts: readonly SessionDraft[]): ReturnType<Destination['deliver']>;
}

async function desk(context: TestContext, settings: Readonly<Record<string, string>> = {}): Promise<Desk> {
  const directory = await temporaryDirectory(context);
  const helpdesk = await HelpdeskServer.start(context);
  const given = { ...helpdesk.settings, ...settings };
  const environment = { ...process.env, no_proxy: '127.0.0.1' };
  const connect = () => connectProgram(`${python} '${script}'`, directory, { settings: given, environment });
  return {
    helpdesk,
    directory,
    connect,
    deliver: async (...drafts) => {
      const destination = connect();
      try {
        await destination.open(calm);
        return await destination.deliver(await Promise.all(drafts.map(makeSessionDelivery)), calm);
      } finally {
        await destination.close();
      }
    },
  };
}

async function makePlace(context: TestContext): Promise<Place> {
  const { helpdesk, connect } = await desk(context);
  return {
    connect,
    held: async () =>
      [...helpdesk.notes.values()].map(({ subject, text, report }) => ({
        lsid: subject.replace('Support session ', ''),
        text: `${text}\n${report}`,
      })),
    sabotage: async () => {
      helpdesk.isDown = true;
      return async () => {
        helpdesk.isDown = false;
      };
    },
    unstorable: () => makeSessionDelivery({ lsid: 'bad', externalKey: 'closed' }),
  };
}
