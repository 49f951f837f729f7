import type { ActorSpec, EventSpec, PresentationSpec, SessionSpec } from '../../appliance/spec.ts';

/**
 * What the tables must hold of what the simulated appliance knows, worked out from the appliance's side and from what
 * docs and reference say of each column; nothing here is taken from the mapping. Every value is text or null; a row
 * has no ids, its children stand inside it, in their order.
 */
export interface ExpectedSession {
  readonly session: Values;
  readonly representative: readonly Values[];
  readonly customer: readonly Values[];
  readonly team: readonly Values[];
  readonly custom_attribute: readonly Values[];
  readonly session_event: readonly ExpectedEvent[];
}

export interface ExpectedEvent {
  readonly event: Values;
  readonly data: readonly Values[];
  readonly systemInformation: readonly Values[];
}

export interface ExpectedPresentation {
  readonly presentation: Values;
  readonly attendees: readonly Values[];
}

export type Values = Readonly<Record<string, string | null>>;

export function expectedSession(
  spec: SessionSpec,
  host: string,
  systemInformation: boolean,
): ExpectedSession {
  return {
    session: {
      ...common(spec, host),
      file_transfers: known(spec.fileTransferCount),
      jump_group_id: known(spec.jumpGroup?.id),
      jump_group_name: known(spec.jumpGroup?.name),
      jump_group_type: known(spec.jumpGroup?.type),
    },
    representative: (spec.representatives ?? []).map((rep) => ({
      gs_number: known(rep.gsnumber),
      user_id: known(rep.id),
      user_name: known(rep.username),
      display_name: known(rep.privateDisplayName) ?? known(rep.displayName) ?? known(rep.publicDisplayName),
      public_display_name: known(rep.publicDisplayName),
      display_number: known(rep.displayNumber),
      public_ip: bare(rep.publicIp),
      private_ip: bare(rep.privateIp),
      is_owner: known(rep.owner),
      is_primary: known(rep.primary),
      duration: known(rep.secondsInvolved),
      host_name: known(rep.hostname),
      operating_system: known(rep.os),
    })),
    customer: (spec.customers ?? []).map((customer) => ({
      gs_number: known(customer.gsnumber),
      issue: known(customer.info?.issueId) ?? known(customer.info?.issue),
      issue_description: trimmed(customer.info?.details),
      display_name: known(customer.info?.name) ?? known(customer.username),
      company_name: known(customer.info?.company),
      company_code: known(customer.info?.companyCode),
      public_ip: bare(customer.publicIp),
      private_ip: bare(customer.privateIp),
      rpat_support: known(customer.rpatSupport),
      host_name: known(customer.hostname),
      operating_system: known(customer.os),
    })),
    team: (spec.teams ?? []).map((team) => ({
      team_id: known(team.id),
      name: known(team.name),
      is_primary: known(team.primary),
    })),
    custom_attribute: (spec.customAttributes ?? []).map(({ displayName, codeName, value }) => ({
      display_name: displayName,
      code_name: codeName,
      value: trimmed(value),
    })),
    session_event: spec.events.map((event) => ({
      event: {
        type: event.type,
        event_time: utc(event.time),
        ...actors(event.performedBy, event.destination),
      },
      data: eventData(event),
      systemInformation: systemInformation && isAutomatic(event, spec) ? information(event, spec) : [],
    })),
  };
}

export function expectedPresentation(spec: PresentationSpec, host: string): ExpectedPresentation {
  return {
    presentation: {
      ...common(spec, host),
      name: trimmed(spec.name),
      presenter_id: known(spec.primaryRep?.id ?? (spec.primaryRep ? null : spec.representatives?.[0]?.id)),
      presenter: known(spec.primaryRep?.name ?? spec.representatives?.[0]?.privateDisplayName),
    },
    attendees: (spec.attendees ?? []).map((attendee) => ({
      gs_number: known(attendee.gsnumber),
      name: known(attendee.name),
      public_ip: bare(attendee.publicIp),
      private_ip: bare(attendee.privateIp),
      host_name: known(attendee.hostname),
      operating_system: known(attendee.os),
    })),
  };
}

type Text = string | null | undefined;

function common(spec: SessionSpec | PresentationSpec, host: string): Values {
  const length = spec.endTime === null ? null : spec.endTime - spec.startTime;
  return {
    lsid: spec.lsid,
    type: known(spec.type),
    start_time: utc(spec.startTime),
    end_time: spec.endTime === null ? null : utc(spec.endTime),
    duration: length === null ? null : clockTime(length),
    host_name: host,
    external_key: trimmed(spec.externalKey),
    public_site_id: known(spec.publicSite?.id) ?? '1',
    public_site_name: known(spec.publicSite?.name) ?? 'Default',
    lseq: known(spec.lseq),
  };
}

/** What the appliance writes for what it does not know is nothing in a table. */
function known(text: Text): string | null {
  const value = trimmed(text);
  return value === null || ['Unknown', '-1'].includes(value) ? null : value;
}

/** White space around an element's text is layout. */
function trimmed(text: Text): string | null {
  return text?.trim() ? text.trim() : null;
}

function utc(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(0, 19);
}

function clockTime(seconds: number): string {
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return parts.map((part) => String(part).padStart(2, '0')).join(':');
}

/** An address as `net` would take it: IPv6 has more than one colon, or stands in brackets. */
function bare(text: Text): string | null {
  if (!text) return null;
  if (text.startsWith('[')) return known(text.slice(1, text.indexOf(']')));
  const colons = text.split(':').length - 1;
  return known(colons === 1 ? text.slice(0, text.indexOf(':')) : text);
}

function actors(by: ActorSpec | null, to: ActorSpec | null): Values {
  return {
    performed_by: known(by?.name),
    performed_by_type: known(by?.type),
    destination: known(to?.name),
    destination_type: known(to?.type),
  };
}

function eventData(event: EventSpec): readonly Values[] {
  const rows: [string, string | null][] = [];
  if (event.body) rows.push(['body', event.body]);
  for (const file of [{ filename: event.filename, filesize: event.filesize }, ...(event.files ?? [])]) {
    if (trimmed(file.filename)) rows.push(['filename', trimmed(file.filename)]);
    if (trimmed(file.filesize)) rows.push(['filesize', trimmed(file.filesize)]);
  }
  for (const { name, value } of event.data ?? []) rows.push([name, value === '' ? null : value]);
  return rows.map(([name, value]) => ({ name, value }));
}

function isAutomatic(event: EventSpec, { events }: SessionSpec): boolean {
  const collected = events.filter(
    ({ systemInformation, performedBy }) => systemInformation && performedBy?.type !== 'representative',
  );
  return collected[0] === event;
}

function information({ systemInformation }: EventSpec, { style }: SessionSpec): readonly Values[] {
  return (systemInformation ?? []).map(({ name, fields, rows }) => {
    const lines = rows.map((row) =>
      row
        .map((cell, index) => {
          const id = style.fieldKey === 'name' ? '' : ` id="${escaped(fields[index]?.id)}"`;
          const label = style.fieldKey === 'id' ? '' : ` name="${escaped(fields[index]?.name)}"`;
          const value = escaped(cell.trim());
          return value === '' ? `<field${id}${label}/>` : `<field${id}${label}>${value}</field>`;
        })
        .join(''),
    );
    return { category: name, information: lines.length === 0 ? null : lines.join('\n') };
  });
}

function escaped(text: string | undefined): string {
  return (text ?? '').replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
