import type { PresentationDelivery, SessionDelivery } from '../../../src/destinations/destination.ts';
import { makePresentationDelivery, makeSessionDelivery } from '../../support/deliveries.ts';

const person = (gsnumber: string) => ({
  gsnumber,
  publicIp: '198.51.100.23',
  privateIp: '10.0.0.7',
  hostname: 'WS-0042',
  os: 'Windows 11',
});

/** A session that fills every column of every table, with texts of several scripts, and has NULLs beside them. */
export async function richSession(lsid: string): Promise<SessionDelivery> {
  const delivery = await makeSessionDelivery({ lsid });
  const events = ['Session Start', 'Chat Message'].map((type, index) => ({
    time: 1_795_341_600 + index,
    type,
    performedBy: { type: 'system', gsnumber: null, name: 'Zoë 👩‍💻' },
    destination: { type: 'customer', gsnumber: '22', name: 'مرحبا' },
    body: `text ${index}`,
    data: [{ name: 'key', value: '値; 3:abc' }],
    files: [{ name: 'a.txt', size: '12' }],
    systemInformation: [
      { name: 'General', rows: [[{ id: 'cpu', name: 'CPU', value: 'x86' }]] },
      { name: 'Memory', rows: [] },
    ],
  }));
  const record = {
    ...delivery.record,
    jumpGroup: { id: '3', name: 'Plant', type: 'shared' },
    externalKey: 'CASE-1',
    fileTransferCount: '2',
    customAttributes: [
      { displayName: 'Room', codeName: 'room', value: '12' },
      { displayName: '', codeName: 'floor', value: '' },
    ],
    customers: [
      {
        ...person('22'),
        username: 'Ada',
        primary: '1',
        rpatSupport: '0',
        name: 'Ada L.',
        company: 'Acme',
        companyCode: 'A1',
        issueId: '5',
        issue: 'Broken',
        details: 'It does not work',
      },
    ],
    representatives: [
      {
        ...person('21'),
        id: '5',
        username: 'ana',
        displayName: 'Ana',
        publicDisplayName: 'Ana P.',
        privateDisplayName: 'Ana Private',
        displayNumber: '7',
        owner: '1',
        primary: '1',
        secondsInvolved: '540',
        invited: null,
      },
    ],
    teams: [{ id: '1', name: 'Support', primary: '1' }],
    events,
  };
  return { ...delivery, record };
}

export async function richPresentation(lsid: string): Promise<PresentationDelivery> {
  const delivery = await makePresentationDelivery({ lsid });
  const attendees = ['31', '32'].map((gsnumber) => ({ ...person(gsnumber), name: `Guest ${gsnumber}` }));
  const record = {
    ...delivery.record,
    type: 'presentation',
    duration: '00:10:00',
    externalKey: 'CASE-2',
    presenter: { gsnumber: '1', id: '5', name: 'Ana' },
    attendees,
  };
  return { ...delivery, record };
}
