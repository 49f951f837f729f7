import type { CustomerSpec, NamedSpec, PersonSpec, RepresentativeSpec, TeamSpec } from './spec.ts';
import type { XmlWriter } from './xml.ts';

export function renderNamed(xml: XmlWriter, name: string, value: NamedSpec | null): void {
  if (value) xml.text(name, value.name, { id: value.id });
}

export function renderPerson(xml: XmlWriter, name: string, person: PersonSpec | null): void {
  if (person) xml.text(name, person.name, { gsnumber: person.gsnumber, id: person.id });
}

/** A list element around its members; null: no element, no members: an empty one. */
export function renderList<Member>(
  xml: XmlWriter,
  name: string,
  members: readonly Member[] | null,
  render: (member: Member) => void,
): void {
  if (members === null) return;
  if (members.length === 0) xml.empty(name);
  else xml.within(name, {}, () => members.forEach(render));
}

export function renderCustomer(xml: XmlWriter, customer: CustomerSpec): void {
  xml.within('customer', { gsnumber: customer.gsnumber }, () => {
    xml.text('username', customer.username);
    xml.text('public_ip', customer.publicIp);
    xml.text('private_ip', customer.privateIp);
    xml.text('hostname', customer.hostname);
    xml.text('os', customer.os);
    xml.text('primary_cust', customer.primary);
    xml.text('rpat_support', customer.rpatSupport);
    renderInfo(xml, customer);
  });
}

function renderInfo(xml: XmlWriter, { info }: CustomerSpec): void {
  if (info === null) return;
  xml.within('info', {}, () => {
    xml.text('name', info.name);
    xml.text('company', info.company);
    xml.text('company_code', info.companyCode);
    xml.text('issue', info.issue, { id: info.issueId });
    xml.text('details', info.details);
  });
}

export function renderRepresentative(xml: XmlWriter, rep: RepresentativeSpec): void {
  xml.within('representative', { gsnumber: rep.gsnumber, id: rep.id }, () => {
    xml.text('username', rep.username);
    xml.text('display_name', rep.displayName);
    xml.text('public_display_name', rep.publicDisplayName);
    xml.text('private_display_name', rep.privateDisplayName);
    xml.text('display_number', rep.displayNumber);
    xml.text('public_ip', rep.publicIp);
    xml.text('private_ip', rep.privateIp);
    xml.text('hostname', rep.hostname);
    xml.text('os', rep.os);
    xml.text('session_owner', rep.owner);
    xml.text('primary_rep', rep.primary);
    xml.text('seconds_involved', rep.secondsInvolved);
    xml.text('invited', rep.invited);
  });
}

export function renderTeam(xml: XmlWriter, team: TeamSpec): void {
  xml.within('team', { id: team.id }, () => {
    xml.text('name', team.name);
    xml.text('primary_team', team.primary);
  });
}
