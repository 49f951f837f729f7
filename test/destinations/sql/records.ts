import type { PresentationDelivery, SessionDelivery } from '../../../src/destinations/destination.ts';
import type { RecordKind } from '../../../src/platform/kinds.ts';
import { parseReport, type ReportRecord } from '../../../src/sessions/parse.ts';
import { renderPresentation } from '../../appliance/render-presentation.ts';
import { renderSession } from '../../appliance/render-session.ts';
import type { PresentationSpec, SessionSpec } from '../../appliance/spec.ts';
import { encode } from '../../appliance/xml.ts';

export const host = 'support.example.com';

const namespace = 'xmlns="https://www.beyondtrust.com/namespaces/API/reporting"';
const signed = (): string => 'https://support.example.com/session_download?h=c0ffee';

/** What a pull would offer when the appliance reports these sessions. */
export function sessionDeliveries(specs: readonly SessionSpec[]): Promise<readonly SessionDelivery[]> {
  const body = specs.map((spec) => renderSession(spec, '', signed)).join('');
  return deliveriesOf(encode(`<session_list ${namespace}>\n${body}</session_list>\n`), 'sessions');
}

export async function presentationDeliveries(
  specs: readonly PresentationSpec[],
): Promise<readonly PresentationDelivery[]> {
  const body = specs.map((spec) => renderPresentation(spec, 'presentation_session', '', signed)).join('');
  const report = `<presentation_session_list ${namespace}>\n${body}</presentation_session_list>\n`;
  return deliveriesOf(encode(report), 'presentations');
}

/** What a pull or replay would offer of a report's bytes. */
export function deliveriesOf(report: Uint8Array, kind: 'sessions'): Promise<readonly SessionDelivery[]>;
export function deliveriesOf(
  report: Uint8Array,
  kind: 'presentations',
): Promise<readonly PresentationDelivery[]>;
export async function deliveriesOf(
  report: Uint8Array,
  kind: RecordKind,
): Promise<readonly (SessionDelivery | PresentationDelivery)[]> {
  const deliveries: (SessionDelivery | PresentationDelivery)[] = [];
  for await (const item of parseReport([report], kind)) {
    if (item.type !== 'record') throw new Error(`the report holds something else: ${item.type}`);
    deliveries.push(toDelivery(item.record));
  }
  return deliveries;
}

function toDelivery(parsed: ReportRecord): SessionDelivery | PresentationDelivery {
  const { kind, record, raw, contentHash } = parsed;
  const { lsid, lseq, type: sessionType, externalKey, startTime, endTime } = record;
  const names = {
    site: 'hq',
    host,
    lsid,
    instance: null,
    lseq,
    sessionType,
    externalKey,
    startTime,
    endTime,
  };
  const hasContent = (hash: string) => parsed.hasContent(hash);
  const delivery = { kind, names, contentHash, hasContent, raw, document: () => parsed.document(), record };
  return delivery as SessionDelivery | PresentationDelivery;
}
