import { attribute, child, childText, type Element, textOf } from './element.ts';
import { firstText, namedChild, participant, timeOf } from './read-fields.ts';
import type { Attendee, Participant, Presentation } from './session.ts';

/**
 * A presentation record as the model. No public description of this report exists: the names are those of support
 * sessions, and whatever else the record holds stays in its raw bytes.
 */
export function readPresentation(element: Element, lsid: string): Presentation {
  return {
    lsid,
    type: childText(element, 'session_type'),
    lseq: childText(element, 'lseq'),
    startTime: timeOf(child(element, 'start_time')),
    endTime: timeOf(child(element, 'end_time')),
    duration: childText(element, 'duration'),
    publicSite: namedChild(element, 'public_site'),
    name: firstText(element, 'presentation_name', 'name', 'title'),
    externalKey: childText(element, 'external_key'),
    presenter: readPresenter(element),
    recordingDownloadUrl: firstText(
      element,
      'session_recording_download_url',
      'presentation_recording_download_url',
      'recording_download_url',
      'presentation_recording_url',
      'recording_url',
    ),
    recordingViewUrl: firstText(
      element,
      'session_recording_view_url',
      'presentation_recording_view_url',
      'recording_view_url',
    ),
    attendees: people(element, 'attendee_list', 'customer_list').map(readAttendee),
  };
}

function readPresenter(element: Element): Participant | null {
  const primary = participant(child(element, 'primary_rep') ?? child(element, 'presenter'));
  if (primary !== null) return primary;
  const [first] = people(element, 'presenter_list', 'rep_list');
  if (first === undefined) return null;
  return {
    gsnumber: attribute(first, 'gsnumber'),
    id: attribute(first, 'id'),
    name: firstText(first, 'private_display_name', 'display_name', 'username') ?? textOf(first),
  };
}

function people(element: Element, ...lists: readonly string[]): readonly Element[] {
  return element.children.filter((list) => lists.includes(list.name)).flatMap((list) => list.children);
}

function readAttendee(element: Element): Attendee {
  return {
    gsnumber: attribute(element, 'gsnumber'),
    name: firstText(element, 'display_name', 'name', 'username') ?? textOf(element),
    publicIp: childText(element, 'public_ip'),
    privateIp: childText(element, 'private_ip'),
    hostname: childText(element, 'hostname'),
    os: childText(element, 'os'),
  };
}
