import { renderEvents } from './render-event.ts';
import { renderList, renderNamed, renderPerson, renderRepresentative } from './render-people.ts';
import { renderLinks, renderTimes, type SignLink } from './render-session.ts';
import type { AttendeeSpec, PresentationSpec } from './spec.ts';
import { XmlWriter } from './xml.ts';

/** One presentation, as an element of the given name. */
export function renderPresentation(
  presentation: PresentationSpec,
  element: string,
  prefix: string,
  sign: SignLink,
): string {
  const xml = new XmlWriter(presentation.style, prefix);
  xml.within(element, { lsid: presentation.style.omitLsid ? null : presentation.lsid }, () => {
    xml.text('session_type', presentation.type);
    xml.text('lseq', presentation.lseq);
    renderTimes(xml, presentation);
    renderNamed(xml, 'public_site', presentation.publicSite);
    xml.text('presentation_name', presentation.name);
    xml.text('external_key', presentation.externalKey);
    renderLinks(xml, presentation, sign);
    renderPerson(xml, 'primary_rep', presentation.primaryRep);
    renderList(xml, 'rep_list', presentation.representatives, (rep) => renderRepresentative(xml, rep));
    renderList(xml, 'attendee_list', presentation.attendees, (attendee) => renderAttendee(xml, attendee));
    renderEvents(xml, presentation.events, presentation.style);
  });
  return xml.toString();
}

function renderAttendee(xml: XmlWriter, attendee: AttendeeSpec): void {
  xml.within('attendee', { gsnumber: attendee.gsnumber }, () => {
    xml.text('display_name', attendee.name);
    xml.text('public_ip', attendee.publicIp);
    xml.text('private_ip', attendee.privateIp);
    xml.text('hostname', attendee.hostname);
    xml.text('os', attendee.os);
  });
}
