import type { LinkTarget } from './links.ts';
import { renderEvents } from './render-event.ts';
import {
  renderCustomer,
  renderList,
  renderNamed,
  renderPerson,
  renderRepresentative,
  renderTeam,
} from './render-people.ts';
import type { InstanceSpec, SessionSpec, StyleSpec } from './spec.ts';
import { durationText, isoWithOffset } from './time-text.ts';
import { XmlWriter } from './xml.ts';

export type SignLink = (target: LinkTarget, view: boolean) => string;

type Section = (xml: XmlWriter, session: SessionSpec, sign: SignLink) => void;

/** One `session` element with its trailing newline. `prefix` is empty or ends in a colon. */
export function renderSession(session: SessionSpec, prefix: string, sign: SignLink): string {
  const xml = new XmlWriter(session.style, prefix);
  xml.within('session', { lsid: session.style.omitLsid ? null : session.lsid }, () => {
    for (const section of inOrder(session)) section(xml, session, sign);
  });
  return xml.toString();
}

/** Start, end and duration, which sessions and presentations share. */
export function renderTimes(
  xml: XmlWriter,
  record: { readonly startTime: number; readonly endTime: number | null; readonly style: StyleSpec },
): void {
  const { startTime, endTime, style } = record;
  xml.text('start_time', isoWithOffset(startTime, style.offsetMinutes), { timestamp: startTime });
  if (endTime !== null) {
    xml.text('end_time', isoWithOffset(endTime, style.offsetMinutes), { timestamp: endTime });
    xml.text('duration', durationText(endTime - startTime));
  } else if (style.openEnd === 'empty') {
    xml.empty('end_time');
    xml.empty('duration');
  }
}

/** Links are reported once a session has ended properly. */
export function renderLinks(
  xml: XmlWriter,
  record: {
    readonly lsid: string;
    readonly chat: boolean;
    readonly recording: unknown;
    readonly endTime: number | null;
  },
  sign: SignLink,
): void {
  if (record.endTime === null) return;
  for (const mode of ['chat', 'recording'] as const) {
    if (!record[mode]) continue;
    const target = { lsid: record.lsid, mode, instance: null };
    xml.text(`session_${mode}_view_url`, sign(target, true));
    xml.text(`session_${mode}_download_url`, sign(target, false));
  }
}

const type: Section = (xml, session) => {
  xml.text('session_type', session.type);
  xml.text('lseq', session.lseq);
};

const places: Section = (xml, session) => {
  renderNamed(xml, 'public_site', session.publicSite);
  renderNamed(xml, 'jumpoint', session.jumpoint);
};

const jumpGroup: Section = (xml, { jumpGroup: group }) => {
  if (group) xml.text('jump_group', group.name, { type: group.type, id: group.id });
};

const externalKey: Section = (xml, session) => xml.text('external_key', session.externalKey);

const customAttributes: Section = (xml, session) =>
  renderList(xml, 'custom_attributes', session.customAttributes, ({ displayName, codeName, value }) =>
    xml.text('custom_attribute', value, { display_name: displayName, code_name: codeName }),
  );

const instances: Section = (xml, session, sign) => {
  if (session.endTime === null) return;
  renderInstances(xml, session.lsid, 'show_my_screen_recording', 'sms', session.showMyScreenRecordings, sign);
  renderInstances(
    xml,
    session.lsid,
    'command_shell_recording',
    'shell',
    session.commandShellRecordings,
    sign,
  );
};

const counters: Section = (xml, session) => {
  xml.text('file_transfer_count', session.fileTransferCount);
  xml.text('file_move_count', session.fileMoveCount);
  xml.text('file_delete_count', session.fileDeleteCount);
};

const primaryCustomer: Section = (xml, session) =>
  renderPerson(xml, 'primary_customer', session.primaryCustomer);

const primaryRep: Section = (xml, session) => {
  renderPerson(xml, 'primary_rep', session.primaryRep);
  renderNamed(xml, 'primary_team', session.primaryTeam);
};

const lists: Section = (xml, session) => {
  renderList(xml, 'customer_list', session.customers, (customer) => renderCustomer(xml, customer));
  renderList(xml, 'rep_list', session.representatives, (rep) => renderRepresentative(xml, rep));
  renderList(xml, 'team_list', session.teams, (team) => renderTeam(xml, team));
};

const joinTime: Section = (xml, { repJoinTime, style }) => {
  if (repJoinTime === null) return;
  xml.text('rep_join_time', isoWithOffset(repJoinTime, style.offsetMinutes), { timestamp: repJoinTime });
};

const surveys: Section = (xml, session) => {
  renderList(xml, 'cust_survey_list', session.customerSurveys, (who) =>
    renderPerson(xml, 'cust_exit_survey', who),
  );
  renderList(xml, 'rep_survey_list', session.repSurveys, (who) => renderPerson(xml, 'rep_exit_survey', who));
};

const unknown: Section = (xml, session) => {
  for (const { name, text, attributes } of session.unknown) xml.text(name, text, attributes);
};

const details: Section = (xml, session) => renderEvents(xml, session.events, session.style);

const orders: Readonly<Record<'documented' | 'other', readonly Section[]>> = {
  documented: [
    type,
    renderTimes,
    places,
    jumpGroup,
    externalKey,
    customAttributes,
    renderLinks,
    instances,
    counters,
    primaryCustomer,
    primaryRep,
    lists,
    joinTime,
    surveys,
    unknown,
    details,
  ],
  other: [
    type,
    renderTimes,
    externalKey,
    customAttributes,
    renderLinks,
    counters,
    primaryCustomer,
    places,
    jumpGroup,
    primaryRep,
    lists,
    details,
    surveys,
    instances,
    joinTime,
    unknown,
  ],
};

function inOrder({ style, lsid }: SessionSpec): readonly Section[] {
  if (style.order !== 'shuffled') return orders[style.order];
  const rank = (index: number): number => (lsid.charCodeAt(index % lsid.length) * 31 + index * 17) % 97;
  return orders.documented
    .map((section, index) => ({ section, rank: rank(index) }))
    .sort((left, right) => left.rank - right.rank)
    .map(({ section }) => section);
}

function renderInstances(
  xml: XmlWriter,
  lsid: string,
  name: string,
  mode: 'sms' | 'shell',
  recordings: readonly InstanceSpec[],
  sign: SignLink,
): void {
  if (recordings.length === 0) return;
  xml.within(`${name}s`, {}, () => {
    for (const { instance } of recordings) {
      xml.within(name, { instance }, () => {
        xml.text('download_url', sign({ lsid, mode, instance }, false));
        xml.text('view_url', sign({ lsid, mode, instance }, true));
      });
    }
  });
}
