import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { automaticCollection, renderInformation } from '../../../src/destinations/sql/system-information.ts';
import type { SessionEvent } from '../../../src/sessions/session.ts';

function event(performedBy: string | null, categories: number, time = 0): SessionEvent {
  return {
    time,
    type: 'System Information Retrieved',
    performedBy: performedBy === null ? null : { type: performedBy, gsnumber: '1', name: 'x' },
    destination: null,
    body: null,
    data: [],
    files: [],
    systemInformation: Array.from({ length: categories }, () => ({ name: 'General', rows: [] })),
  };
}

describe('the automatic collection', () => {
  test('is the first one with system information, whoever of the system or the customer performed it', () => {
    for (const actor of ['customer', 'system', null]) {
      const events = [event(actor, 0), event(actor, 2), event(actor, 3)];
      assert.equal(automaticCollection(events), events[1]);
    }
  });

  test('is none that a representative asked for', () => {
    const asked = event('representative', 2);
    assert.equal(automaticCollection([asked]), null);
    const later = event('customer', 1);
    assert.equal(automaticCollection([asked, later]), later);
  });
});

describe('the rows of a category', () => {
  test('become fields that an XML parser reads as they were', () => {
    assert.equal(
      renderInformation([
        [
          { id: 'drive', name: 'Drive', value: 'C:\\ <1> & "2"' },
          { id: null, name: 'Type', value: '' },
        ],
        [{ id: 'a"b\n', name: null, value: 'bell \u0007, cr \r' }],
      ]),
      '<field id="drive" name="Drive">C:\\ &lt;1&gt; &amp; "2"</field><field name="Type"/>\n' +
        '<field id="a&quot;b&#10;">bell \uFFFD, cr &#13;</field>',
    );
    assert.equal(renderInformation([]), '');
  });
});
