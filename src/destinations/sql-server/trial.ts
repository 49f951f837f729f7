import { IcError } from '../../platform/errors.ts';
import type { Session } from '../../sessions/session.ts';
import type { SessionDelivery } from '../destination.ts';
import type { Statements } from './client.ts';
import { writeClaim } from './delivery-records.ts';
import { type WriteOptions, writeRecords } from './record-writer.ts';

/**
 * Writes what a pull writes, once anew and once over it, for a transaction that is rolled back: the only proof that the
 * login's rights, the tables, their constraints and their triggers let sessions in.
 */
export async function tryWriting(statements: Statements, options: WriteOptions): Promise<void> {
  for (const contentHash of ['first', 'second']) {
    const item = trialDelivery(contentHash);
    const error = (await writeRecords(statements, [item], options)).get(item)?.error;
    if (error) throw new IcError(error.code, error.message, { hint: error.hint ?? '', cause: error });
  }
  const key = { transfer: options.transfer, site: 'ic check', kind: 'sessions' } as const;
  await writeClaim(statements, key, { since: 1, until: 1 }, options.now / 1000);
}

function trialDelivery(contentHash: string): SessionDelivery {
  return {
    kind: 'sessions',
    names: {
      site: 'ic check',
      host: 'ic-check.invalid',
      lsid: 'ic-check',
      instance: null,
      lseq: '1',
      sessionType: 'support',
      externalKey: null,
      startTime: 1,
      endTime: 2,
    },
    contentHash,
    hasContent: (hash) => hash === contentHash,
    raw: new Uint8Array(0),
    document: () => new Uint8Array(0),
    record: trialSession,
  };
}

const nobody = { gsnumber: '1', username: 'ic', publicIp: null, privateIp: null, hostname: null, os: null };

const trialSession: Session = {
  lsid: 'ic-check',
  type: 'support',
  lseq: '1',
  startTime: 1,
  endTime: 2,
  duration: '00:00:01',
  publicSite: null,
  jumpoint: null,
  jumpGroup: null,
  externalKey: null,
  customAttributes: [{ displayName: 'check', codeName: 'check', value: 'check' }],
  chatViewUrl: null,
  chatDownloadUrl: null,
  recordingViewUrl: null,
  recordingDownloadUrl: null,
  showMyScreenRecordings: [],
  commandShellRecordings: [],
  fileTransferCount: '0',
  fileMoveCount: null,
  fileDeleteCount: null,
  primaryCustomer: null,
  primaryRepresentative: null,
  primaryTeam: null,
  customers: [
    {
      ...nobody,
      primary: '1',
      rpatSupport: '0',
      name: null,
      company: null,
      companyCode: null,
      issueId: null,
      issue: null,
      details: null,
    },
  ],
  representatives: [
    {
      ...nobody,
      id: '1',
      displayName: 'ic',
      publicDisplayName: null,
      privateDisplayName: null,
      displayNumber: null,
      owner: '1',
      primary: '1',
      secondsInvolved: '1',
      invited: null,
    },
  ],
  teams: [{ id: '1', name: 'check', primary: '1' }],
  representativeJoinTime: null,
  customerSurveys: [],
  representativeSurveys: [],
  events: [
    {
      time: 1,
      type: 'System Information Retrieved',
      performedBy: null,
      destination: null,
      body: null,
      data: [{ name: 'check', value: 'check' }],
      files: [],
      systemInformation: [{ name: 'check', rows: [] }],
    },
  ],
};
