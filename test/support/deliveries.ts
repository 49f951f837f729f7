import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type {
  Claim,
  FileDelivery,
  ItemNames,
  PresentationDelivery,
  SessionDelivery,
} from '../../src/destinations/destination.ts';
import type { UnixSeconds } from '../../src/platform/clock.ts';
import type { FileKind, RecordKind } from '../../src/platform/kinds.ts';
import { parseReport, type ReportRecord } from '../../src/sessions/parse.ts';

/** What a test says of a session; the rest is filled in. Times are UNIX seconds. */
export interface SessionDraft {
  readonly lsid: string;
  readonly startTime?: number;
  /** Null: still in progress. */
  readonly endTime?: number | null;
  readonly externalKey?: string;
  readonly customer?: string;
  /** Text of the one chat message. */
  readonly chat?: string;
  /** What the links are signed with: new in every report, and no change of content. */
  readonly signature?: string;
  /** At least this many bytes of further chat messages. */
  readonly padding?: number;
  readonly site?: string;
  readonly host?: string;
}

export type PresentationDraft = Pick<
  SessionDraft,
  'lsid' | 'startTime' | 'endTime' | 'chat' | 'signature' | 'site' | 'host'
>;

export interface FileDraft {
  readonly kind: FileKind;
  readonly lsid?: string | null;
  readonly instance?: number | null;
  readonly content: string | Uint8Array;
  readonly extension?: string;
  readonly downloadedAt?: number;
  readonly site?: string;
  readonly host?: string;
}

/** 2026-11-22T10:00:00Z, when the sessions of tests begin unless they say otherwise. */
export const sampleTime = 1_795_341_600;

/** What a transfer claims that began a month before the sample time. */
export function claimUntil(until: UnixSeconds): Claim {
  return { since: sampleTime - 30 * 86_400, until };
}

/** A session as a pull would offer it: parsed from XML that the draft was rendered to. */
export async function makeSessionDelivery(draft: SessionDraft): Promise<SessionDelivery> {
  const parsed = await parseOne(sessionReport(draft), 'sessions');
  const { record } = parsed;
  const names = { ...namesFor(draft, record), sessionType: record.type, externalKey: record.externalKey };
  return { kind: 'sessions', names, ...recordParts(parsed), record };
}

/** A presentation as a pull would offer it. */
export async function makePresentationDelivery(draft: PresentationDraft): Promise<PresentationDelivery> {
  const parsed = await parseOne(presentationReport(draft), 'presentations');
  const { record } = parsed;
  const names = { ...namesFor(draft, record), sessionType: record.type, externalKey: record.externalKey };
  return { kind: 'presentations', names, ...recordParts(parsed), record };
}

/** A downloaded file that lies in `directory`, as a pull leaves it in the destination's staging directory. */
export async function makeFileDelivery(draft: FileDraft, directory: string): Promise<FileDelivery> {
  const content = Buffer.from(draft.content as string);
  const sha256 = createHash('sha256').update(content).digest('hex');
  const path = join(
    directory,
    `download-${draft.kind}-${draft.lsid ?? 'site'}-${draft.instance ?? 0}-${sha256.slice(0, 8)}`,
  );
  await writeFile(path, content);
  return {
    kind: draft.kind,
    names: {
      ...namesFor(draft, { lseq: null, startTime: sampleTime, endTime: sampleTime + 600 }),
      instance: draft.instance ?? null,
      lsid: draft.lsid ?? null,
    },
    path,
    bytes: content.length,
    sha256,
    extension: draft.extension ?? 'mp4',
    downloadedAt: draft.downloadedAt ?? sampleTime + 3600,
  };
}

async function parseOne<K extends RecordKind>(xml: string, kind: K): Promise<ReportRecord<K>> {
  for await (const item of parseReport([Buffer.from(xml)], kind)) {
    if (item.type === 'record') return item.record;
  }
  throw new Error('the sample has no record');
}

function recordParts(parsed: ReportRecord) {
  return {
    contentHash: parsed.contentHash,
    hasContent: (hash: string) => parsed.hasContent(hash),
    raw: parsed.raw,
    document: () => parsed.document(),
  };
}

function namesFor(
  draft: { readonly lsid?: string | null; readonly site?: string; readonly host?: string },
  record: {
    readonly lseq: string | null;
    readonly startTime: number | null;
    readonly endTime: number | null;
  },
): ItemNames {
  return {
    site: draft.site ?? 'hq',
    host: draft.host ?? 'support.example.com',
    lsid: draft.lsid ?? null,
    instance: null,
    lseq: record.lseq,
    sessionType: null,
    externalKey: null,
    startTime: record.startTime,
    endTime: record.endTime,
  };
}

function sessionReport(draft: SessionDraft): string {
  const { lsid, startTime = sampleTime, endTime = startTime + 600, signature = 'c0ffee' } = draft;
  const link = `https://support.example.com/session_download?lsid=${lsid}&amp;h=${signature}`;
  return `<?xml version="1.0" encoding="UTF-8"?>
<session_list xmlns="https://www.beyondtrust.com/namespaces/API/reporting">
<session lsid="${lsid}">
	<session_type>support</session_type>
	<lseq>4711</lseq>
	${timeElement('start_time', startTime)}
	${timeElement('end_time', endTime)}
	<duration>00:10:00</duration>
	<public_site id="1">Default</public_site>
	<external_key>${escapeXml(draft.externalKey ?? '')}</external_key>
	<session_chat_download_url>${link}&amp;dl_action=chat</session_chat_download_url>
	<session_recording_download_url>${link}&amp;dl_action=recording</session_recording_download_url>
	<customer_list>
		<customer gsnumber="22">
			<username>${escapeXml(draft.customer ?? 'Ada')}</username>
			<public_ip>198.51.100.23:61606</public_ip>
			<private_ip>10.20.30.40</private_ip>
			<hostname>WS-0042</hostname>
			<os>Windows 11 Enterprise</os>
			<primary_cust>1</primary_cust>
		</customer>
	</customer_list>
	<rep_list>
		<representative gsnumber="21" id="5">
			<username>ana</username>
			<display_name>Ana</display_name>
			<session_owner>1</session_owner>
			<primary_rep>1</primary_rep>
			<seconds_involved>540</seconds_involved>
		</representative>
	</rep_list>
	<session_details>
${[...chatEvents(draft, startTime)].join('\n')}
	</session_details>
</session>
</session_list>
`;
}

function* chatEvents(draft: SessionDraft, startTime: number): Generator<string> {
  yield chatEvent(startTime + 1, draft.chat ?? 'How can I help you?');
  const filler = 'All work and no play makes a dull session. '.repeat(200);
  for (let length = 0; length < (draft.padding ?? 0); length += filler.length)
    yield chatEvent(startTime + 2, filler);
}

function chatEvent(time: number, text: string): string {
  return `		<event timestamp="${time}" event_type="Chat Message">
			<performed_by type="representative" gsnumber="21">Ana</performed_by>
			<body>${escapeXml(text)}</body>
		</event>`;
}

function presentationReport(draft: PresentationDraft): string {
  const { lsid, startTime = sampleTime, endTime = startTime + 600, signature = 'c0ffee' } = draft;
  return `<?xml version="1.0" encoding="UTF-8"?>
<presentation_session_list xmlns="https://www.beyondtrust.com/namespaces/API/reporting">
<presentation_session lsid="${lsid}">
	<lseq>815</lseq>
	${timeElement('start_time', startTime)}
	${timeElement('end_time', endTime)}
	<name>${escapeXml(draft.chat ?? 'All hands')}</name>
	<recording_download_url>https://support.example.com/download?h=${signature}</recording_download_url>
</presentation_session>
</presentation_session_list>
`;
}

function timeElement(name: string, time: number | null): string {
  if (time === null) return `<${name}/>`;
  return `<${name} timestamp="${time}">${new Date(time * 1000).toISOString()}</${name}>`;
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
