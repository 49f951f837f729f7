import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Appliance, startAppliance } from './appliance.ts';
import { ask, askReport, signedIn } from './ask.ts';
import { aSession } from './specimens.ts';

const noon = Date.parse('2026-11-22T12:00:00Z');
const now = noon / 1000;
const frozen = { clock: { now: noon, frozen: true } };

/** The ids that a report shows, in its order. */
async function ids(
  appliance: Appliance,
  form: Readonly<Record<string, string | number>>,
): Promise<readonly string[]> {
  const { text } = await askReport(appliance, { generate_report: 'SupportSession', ...form });
  return Array.from(text.matchAll(/<session lsid="([^"]*)"/g), (match) => match[1] ?? '');
}

async function errorText(
  appliance: Appliance,
  form: Readonly<Record<string, string | number>>,
): Promise<string> {
  const { status, text } = await askReport(appliance, form);
  assert.equal(status, 200);
  return /<error [^>]*>([^<]*)<\/error>/.exec(text)?.[1] ?? '';
}

/** One session for each of: ended early, ended at 11:00, ended now, in progress, still to end, still to begin. */
async function sixSessions(): Promise<Appliance> {
  const appliance = await startAppliance(frozen);
  appliance.sessions.addAll([
    { lsid: 'early', startTime: now - 7200, endTime: now - 7000 },
    { lsid: 'eleven', startTime: now - 7200, endTime: now - 3600 },
    { lsid: 'now', startTime: now - 1800, endTime: now },
    { lsid: 'open', startTime: now - 600, endTime: null },
    { lsid: 'will-end', startTime: now - 300, endTime: now + 60 },
    { lsid: 'future', startTime: now + 1, endTime: now + 90 },
  ]);
  return appliance;
}

describe('end_time', () => {
  it('shows closed sessions that ended in the window, its lower end included', async () => {
    await using appliance = await sixSessions();
    assert.deepEqual(await ids(appliance, { end_time: now - 3600, duration: 0 }), ['eleven', 'now']);
    assert.deepEqual(await ids(appliance, { end_time: now - 3599, duration: 0 }), ['now']);
  });

  it('counts duration in seconds, its upper end excluded or included as set', async () => {
    await using appliance = await sixSessions();
    assert.deepEqual(await ids(appliance, { end_time: now - 7000, duration: 3400 }), ['early']);
    appliance.reports.upperEnd = 'inclusive';
    assert.deepEqual(await ids(appliance, { end_time: now - 7000, duration: 3400 }), ['early', 'eleven']);
  });

  it('shows a session as soon as the clock has passed its end', async () => {
    await using appliance = await sixSessions();
    appliance.clock.advance(60_000);
    assert.deepEqual(await ids(appliance, { end_time: now + 1, duration: 0 }), ['will-end']);
  });

  it('shows nothing of the future, whatever the duration', async () => {
    await using appliance = await sixSessions();
    assert.deepEqual(await ids(appliance, { end_time: now, duration: 100_000 }), ['now']);
  });
});

describe('start_time', () => {
  it('shows sessions that began in the window, those in progress too', async () => {
    await using appliance = await sixSessions();
    assert.deepEqual(await ids(appliance, { start_time: now - 1800, duration: 0 }), [
      'now',
      'open',
      'will-end',
    ]);
    assert.deepEqual(await ids(appliance, { start_time: now - 7200, duration: 6600 }), [
      'early',
      'eleven',
      'now',
    ]);
  });

  it('gives those in progress without an end, and without links', async () => {
    await using appliance = await sixSessions();
    const { text } = await askReport(appliance, {
      generate_report: 'SupportSession',
      start_time: now - 300,
      duration: 0,
    });
    assert.match(text, /lsid="will-end"/);
    assert.match(text, /<end_time><\/end_time>\s*<duration><\/duration>/);
    assert.doesNotMatch(text, /_url>|Session End/);
  });
});

describe('start_date and end_date', () => {
  it('count duration in days, in the zone that is set', async () => {
    await using appliance = await startAppliance(frozen);
    const midnight = Date.parse('2026-11-20T00:00:00Z') / 1000;
    appliance.sessions.addAll([
      { lsid: 'before', startTime: midnight - 700, endTime: midnight - 1 },
      { lsid: 'at', startTime: midnight - 600, endTime: midnight },
      { lsid: 'next', startTime: midnight + 86_000, endTime: midnight + 86_400 },
    ]);
    assert.deepEqual(await ids(appliance, { end_date: '2026-11-20', duration: 1 }), ['at']);
    assert.deepEqual(await ids(appliance, { start_date: '2026-11-20', duration: 1 }), ['next']);
    assert.deepEqual(await ids(appliance, { start_date: '2026-11-19', duration: 0 }), [
      'before',
      'at',
      'next',
    ]);
    appliance.reports.zoneMinutes = 60;
    assert.deepEqual(await ids(appliance, { end_date: '2026-11-20', duration: 1 }), ['before', 'at']);
  });
});

describe('lsid and lsids', () => {
  it('show those sessions, open ones too, and leave out unknown ones', async () => {
    await using appliance = await sixSessions();
    assert.deepEqual(await ids(appliance, { lsid: 'open' }), ['open']);
    assert.deepEqual(await ids(appliance, { lsids: 'open,nobody,early' }), ['open', 'early']);
    assert.match(
      await errorText(appliance, { generate_report: 'SupportSession', lsid: 'nobody' }),
      /^No Support report/,
    );
  });

  it('are refused beyond the limit', async () => {
    await using appliance = await startAppliance(frozen);
    const lsids = Array.from({ length: 51 }, (_, index) => `s${index}`).join();
    assert.match(await errorText(appliance, { generate_report: 'SupportSession', lsids }), /Too many/);
  });
});

describe('a report that cannot be', () => {
  const cases: Readonly<Record<string, Readonly<Record<string, string | number>>>> = {
    'no report type': {},
    'an unknown report type': { generate_report: 'AccessSession' },
    'no anchor': { generate_report: 'SupportSession' },
    'no duration': { generate_report: 'SupportSession', end_time: now },
    'a time that is no integer': {
      generate_report: 'SupportSession',
      end_time: '2026-11-22T12:00:00Z',
      duration: 0,
    },
    'a duration that is no integer': { generate_report: 'SupportSession', end_time: now, duration: '1h' },
    'lsids for a listing': { generate_report: 'SupportSessionListing', lsids: 'a,b' },
  };
  for (const [name, form] of Object.entries(cases)) {
    it(`is an error with status 200: ${name}`, async () => {
      await using appliance = await startAppliance(frozen);
      const text = await errorText(appliance, form);
      assert.notEqual(text, '');
      assert.doesNotMatch(text, /matching your chosen criteria/);
    });
  }

  it('is one whose parameters come as multipart', async () => {
    await using appliance = await startAppliance(frozen);
    const body =
      '--b\r\nContent-Disposition: form-data; name="generate_report"\r\n\r\nSupportSession\r\n--b--\r\n';
    const headers = { ...signedIn(appliance), 'Content-Type': 'multipart/form-data; boundary=b' };
    assert.match(
      (await ask(appliance, '/api/reporting', { headers, body })).text,
      /generate_report is missing/,
    );
  });
});

describe('an empty report', () => {
  const form = { generate_report: 'SupportSession', end_time: now, duration: 0 };

  it('is an error document with a text of the language', async () => {
    await using appliance = await startAppliance(frozen);
    const english = await askReport(appliance, form);
    assert.equal(
      english.text.trimEnd(),
      '<?xml version="1.0" encoding="UTF-8"?>\n\n<error xmlns="https://www.beyondtrust.com/namespaces/API/reporting" >' +
        'No Support report information matching your chosen criteria is available.</error>',
    );
    assert.equal(english.headers['content-type'], 'text/xml; charset=UTF-8');
    appliance.reports.language = 'fr';
    assert.match(await errorText(appliance, form), /correspondant à vos critères n’est disponible\.$/);
    assert.match(
      await errorText(appliance, { ...form, generate_report: 'PresentationSession' }),
      /Présentation/,
    );
  });

  it('can come as an error in the list, or as an empty list', async () => {
    await using appliance = await startAppliance({ ...frozen, reports: { empty: 'error-in-list' } });
    assert.match(
      (await askReport(appliance, form)).text,
      /<session_list [^>]*>\s*<error>No Support[^<]*<\/error>\s*<\/session_list>/,
    );
    appliance.reports.empty = 'empty-list';
    assert.match((await askReport(appliance, form)).text, /<session_list [^>]*>\s*<\/session_list>/);
  });
});

describe('what changes between reports', () => {
  it('is every signed link, and nothing else', async () => {
    await using appliance = await startAppliance(frozen);
    appliance.sessions.add({ startTime: now - 900, endTime: now - 100 });
    const form = { generate_report: 'SupportSession', end_time: now - 900, duration: 0 };
    const [first, second] = [
      (await askReport(appliance, form)).text,
      (await askReport(appliance, form)).text,
    ];
    assert.notEqual(first, second);
    const unsigned = (text: string): string => text.replaceAll(/h%3D[0-9a-f]{40}/g, 'h%3D');
    assert.equal(unsigned(first), unsigned(second));
  });

  it('is what was closed, edited, added or removed', async () => {
    await using appliance = await sixSessions();
    const form = { end_time: now - 100, duration: 0 };
    appliance.sessions.close('open');
    assert.deepEqual(await ids(appliance, form), ['now', 'open']);
    appliance.sessions.remove('now');
    appliance.sessions.edit('open', { externalKey: 'edited' });
    const { text } = await askReport(appliance, { generate_report: 'SupportSession', ...form });
    assert.match(text, /<external_key>edited<\/external_key>/);
    assert.equal(text.match(/Session End/g)?.length, 1);
    assert.deepEqual(
      appliance.sessions.open().map(({ lsid }) => lsid),
      ['will-end'],
    );
  });
});

describe('a report that lags', () => {
  it('shows a session as in progress until so long after its end', async () => {
    await using appliance = await startAppliance({ ...frozen, reports: { lag: 30 } });
    appliance.sessions.add(aSession({ lsid: 'late', startTime: now - 900, endTime: now - 29 }));
    assert.deepEqual(await ids(appliance, { end_time: now - 900, duration: 0 }), []);
    assert.match(
      (await askReport(appliance, { generate_report: 'SupportSession', lsid: 'late' })).text,
      /<end_time><\/end_time>/,
    );
    appliance.clock.advance(1000);
    assert.deepEqual(await ids(appliance, { end_time: now - 900, duration: 0 }), ['late']);
  });

  it('may show links later than the end', async () => {
    await using appliance = await startAppliance({ ...frozen, reports: { linkLag: 30 } });
    appliance.sessions.add({ lsid: 's', startTime: now - 900, endTime: now - 10 });
    const links = async (): Promise<boolean> =>
      (await askReport(appliance, { generate_report: 'SupportSession', lsid: 's' })).text.includes('_url>');
    assert.equal(await links(), false);
    appliance.clock.advance(20_000);
    assert.equal(await links(), true);
  });

  it('may leave a session out altogether for a while', async () => {
    await using appliance = await startAppliance(frozen);
    appliance.sessions.add({ lsid: 's', startTime: now - 9000, endTime: now - 8000, visibleFrom: now + 60 });
    assert.deepEqual(await ids(appliance, { start_time: now - 9000, duration: 0 }), []);
    appliance.clock.advance(60_000);
    assert.deepEqual(await ids(appliance, { end_time: now - 9000, duration: 0 }), ['s']);
  });
});

describe('the listings', () => {
  it('give ids and whether there is a recording', async () => {
    await using appliance = await sixSessions();
    appliance.sessions.edit('now', {
      recording: { format: 'mp4', size: 300, seed: 1, moov: 'first' },
      externalKey: 'A&B',
    });
    const form = { generate_report: 'SupportSessionListing', start_time: now - 1800, duration: 0 };
    assert.equal(
      (await askReport(appliance, form)).text.trimEnd(),
      '<?xml version="1.0" encoding="UTF-8"?>\n\n' +
        '<session_summary_list xmlns="https://www.beyondtrust.com/namespaces/API/reporting">\n' +
        '<session_summary lsid="now" has_recording="1" external_key="A&amp;B"  />\n' +
        '<session_summary lsid="open" has_recording="0"  />\n' +
        '<session_summary lsid="will-end" has_recording="0"  />\n' +
        '</session_summary_list>',
    );
  });
});

describe('presentations', () => {
  it('are reported with names of root and record as set', async () => {
    await using appliance = await startAppliance(frozen);
    appliance.presentations.add({ lsid: 'p', startTime: now - 900, endTime: now - 100 });
    const form = { generate_report: 'PresentationSession', end_time: now - 900, duration: 0 };
    assert.match(
      (await askReport(appliance, form)).text,
      /<presentation_session_list [^>]*>\s*<presentation_session lsid="p">/,
    );
    Object.assign(appliance.reports, { presentationRoot: 'session_list', presentationElement: 'session' });
    assert.match((await askReport(appliance, form)).text, /<session_list [^>]*>\s*<session lsid="p">/);
  });
});
