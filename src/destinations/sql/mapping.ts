import type { Actor, Customer, Presentation, Representative, Session, Team } from '../../sessions/session.ts';
import { automaticCollection, renderInformation } from './system-information.ts';
import type { Row } from './tables.ts';
import { address, content, fact, flag, instant, wholeNumber } from './values.ts';

/**
 * The one mapping from the model to rows, for every database. Raised when the same record becomes other rows than
 * before, so that a record that is offered again is written anew.
 */
export const mappingVersion = 1;

export interface MappingOptions {
  /** The site's host without its port. */
  readonly host: string;
  readonly storeSystemInformation: boolean;
}

/** A session and everything below it; each list in the order of the report. */
export interface SessionRows {
  readonly session: Row<'session'>;
  readonly representatives: readonly Row<'representative'>[];
  readonly customers: readonly Row<'customer'>[];
  readonly teams: readonly Row<'team'>[];
  readonly customAttributes: readonly Row<'custom_attribute'>[];
  readonly events: readonly EventRows[];
}

export interface EventRows {
  readonly event: Row<'session_event'>;
  readonly data: readonly Row<'session_event_data'>[];
  readonly systemInformation: readonly Row<'system_information'>[];
}

export interface PresentationRows {
  readonly presentation: Row<'presentation'>;
  readonly attendees: readonly Row<'presentation_attendee'>[];
}

export function mapSession(session: Session, options: MappingOptions): SessionRows {
  return {
    session: {
      ...commonColumns(session, options.host),
      file_transfers: wholeNumber(session.fileTransferCount),
      jump_group_id: fact(session.jumpGroup?.id ?? null),
      jump_group_name: fact(session.jumpGroup?.name ?? null),
      jump_group_type: fact(session.jumpGroup?.type ?? null),
    },
    representatives: session.representatives.map(mapRepresentative),
    customers: session.customers.map(mapCustomer),
    teams: session.teams.map(mapTeam),
    customAttributes: session.customAttributes.map(({ displayName, codeName, value }) => ({
      display_name: content(displayName),
      code_name: content(codeName),
      value: content(value),
    })),
    events: mapEvents(session, options),
  };
}

export function mapPresentation(presentation: Presentation, { host }: MappingOptions): PresentationRows {
  return {
    presentation: {
      ...commonColumns(presentation, host),
      name: content(presentation.name),
      presenter_id: fact(presentation.presenter?.id ?? null),
      presenter: fact(presentation.presenter?.name ?? null),
    },
    attendees: presentation.attendees.map((attendee) => ({
      gs_number: fact(attendee.gsnumber),
      name: fact(attendee.name),
      public_ip: address(attendee.publicIp),
      private_ip: address(attendee.privateIp),
      host_name: fact(attendee.hostname),
      operating_system: fact(attendee.os),
    })),
  };
}

/** What `session` and `presentation` have in common. Names without a site of their own belong to the default one. */
function commonColumns(record: Session | Presentation, host: string) {
  return {
    lsid: record.lsid,
    type: fact(record.type),
    start_time: instant(record.startTime),
    end_time: instant(record.endTime),
    duration: fact(record.duration),
    host_name: host,
    external_key: content(record.externalKey),
    public_site_id: wholeNumber(record.publicSite?.id ?? null) ?? 1,
    public_site_name: fact(record.publicSite?.name ?? null) ?? 'Default',
    lseq: wholeNumber(record.lseq),
  };
}

/** The private display name stands first; older reports know only one name. */
function mapRepresentative(representative: Representative): Row<'representative'> {
  return {
    gs_number: fact(representative.gsnumber),
    user_id: fact(representative.id),
    user_name: fact(representative.username),
    display_name:
      fact(representative.privateDisplayName) ??
      fact(representative.displayName) ??
      fact(representative.publicDisplayName),
    public_display_name: fact(representative.publicDisplayName),
    display_number: fact(representative.displayNumber),
    public_ip: address(representative.publicIp),
    private_ip: address(representative.privateIp),
    is_owner: flag(representative.owner),
    is_primary: flag(representative.primary),
    duration: wholeNumber(representative.secondsInvolved),
    host_name: fact(representative.hostname),
    operating_system: fact(representative.os),
  };
}

function mapCustomer(customer: Customer): Row<'customer'> {
  return {
    gs_number: fact(customer.gsnumber),
    issue: fact(customer.issueId) ?? fact(customer.issue),
    issue_description: content(customer.details),
    display_name: fact(customer.name) ?? fact(customer.username),
    company_name: fact(customer.company),
    company_code: fact(customer.companyCode),
    public_ip: address(customer.publicIp),
    private_ip: address(customer.privateIp),
    rpat_support: flag(customer.rpatSupport),
    host_name: fact(customer.hostname),
    operating_system: fact(customer.os),
  };
}

function mapTeam(team: Team): Row<'team'> {
  return { team_id: fact(team.id), name: fact(team.name), is_primary: flag(team.primary) };
}

function mapEvents(session: Session, { storeSystemInformation }: MappingOptions): readonly EventRows[] {
  const collection = storeSystemInformation ? automaticCollection(session.events) : null;
  return session.events.map((event) => ({
    event: {
      type: fact(event.type),
      event_time: instant(event.time),
      ...actorColumns(event.performedBy, event.destination),
    },
    data: mapEventData(event),
    systemInformation: event === collection ? event.systemInformation.map(mapCategory) : [],
  }));
}

function actorColumns(performedBy: Actor | null, destination: Actor | null) {
  return {
    performed_by: fact(performedBy?.name ?? null),
    performed_by_type: fact(performedBy?.type ?? null),
    destination: fact(destination?.name ?? null),
    destination_type: fact(destination?.type ?? null),
  };
}

/** Text and files of an event stand beside its values, where a reader of the tables looks for them. */
function mapEventData(event: Session['events'][number]): readonly Row<'session_event_data'>[] {
  const rows: Row<'session_event_data'>[] = [];
  if (event.body !== null) rows.push({ name: 'body', value: content(event.body) });
  for (const { name, size } of event.files) {
    if (name !== null) rows.push({ name: 'filename', value: content(name) });
    if (size !== null) rows.push({ name: 'filesize', value: content(size) });
  }
  for (const { name, value } of event.data) rows.push({ name: content(name), value: content(value) });
  return rows;
}

function mapCategory(
  category: Session['events'][number]['systemInformation'][number],
): Row<'system_information'> {
  return { category: content(category.name), information: content(renderInformation(category.rows)) };
}
