import { attribute, child, childText, type Element, listed, textOf } from './element.ts';
import { readEvent } from './read-event.ts';
import { firstText, named, namedChild, participant, timeOf } from './read-fields.ts';
import type {
  CustomAttribute,
  Customer,
  InstanceRecording,
  Participant,
  Representative,
  Session,
  Team,
} from './session.ts';

/** A `session` element as the model. Every child is optional, order does not matter, unknown ones are passed over. */
export function readSession(element: Element, lsid: string): Session {
  return {
    lsid,
    type: childText(element, 'session_type'),
    lseq: childText(element, 'lseq'),
    startTime: timeOf(child(element, 'start_time')),
    endTime: timeOf(child(element, 'end_time')),
    duration: childText(element, 'duration'),
    publicSite: namedChild(element, 'public_site'),
    jumpoint: namedChild(element, 'jumpoint'),
    jumpGroup: readJumpGroup(child(element, 'jump_group')),
    externalKey: childText(element, 'external_key'),
    customAttributes: listed(element, 'custom_attributes', 'custom_attribute').map(readCustomAttribute),
    chatViewUrl: childText(element, 'session_chat_view_url'),
    chatDownloadUrl: childText(element, 'session_chat_download_url'),
    recordingViewUrl: childText(element, 'session_recording_view_url'),
    recordingDownloadUrl: childText(element, 'session_recording_download_url'),
    showMyScreenRecordings: readRecordings(element, 'show_my_screen_recording'),
    commandShellRecordings: readRecordings(element, 'command_shell_recording'),
    fileTransferCount: childText(element, 'file_transfer_count'),
    fileMoveCount: childText(element, 'file_move_count'),
    fileDeleteCount: childText(element, 'file_delete_count'),
    primaryCustomer: participant(child(element, 'primary_customer')),
    primaryRepresentative: participant(child(element, 'primary_rep')),
    primaryTeam: namedChild(element, 'primary_team'),
    customers: listed(element, 'customer_list', 'customer').map(readCustomer),
    representatives: listed(element, 'rep_list', 'representative').map(readRepresentative),
    teams: listed(element, 'team_list', 'team').map(readTeam),
    representativeJoinTime: timeOf(child(element, 'rep_join_time')),
    customerSurveys: readParticipants(element, 'cust_survey_list', 'cust_exit_survey'),
    representativeSurveys: readParticipants(element, 'rep_survey_list', 'rep_exit_survey'),
    events: listed(element, 'session_details', 'event').map(readEvent),
  };
}

function readJumpGroup(element: Element | undefined): Session['jumpGroup'] {
  const group = named(element);
  return group === null ? null : { ...group, type: attribute(element, 'type') };
}

function readCustomAttribute(element: Element): CustomAttribute {
  return {
    displayName: attribute(element, 'display_name'),
    codeName: attribute(element, 'code_name'),
    value: textOf(element),
  };
}

function readRecordings(element: Element, name: string): readonly InstanceRecording[] {
  return listed(element, `${name}s`, name).map((recording) => ({
    instance: attribute(recording, 'instance'),
    downloadUrl: childText(recording, 'download_url'),
    viewUrl: childText(recording, 'view_url'),
  }));
}

function readParticipants(element: Element, list: string, name: string): readonly Participant[] {
  return listed(element, list, name).flatMap((item) => participant(item) ?? []);
}

function readCustomer(element: Element): Customer {
  const info = child(element, 'info');
  const issue = info && child(info, 'issue');
  return {
    gsnumber: attribute(element, 'gsnumber'),
    username: childText(element, 'username'),
    publicIp: childText(element, 'public_ip'),
    privateIp: childText(element, 'private_ip'),
    hostname: childText(element, 'hostname'),
    os: childText(element, 'os'),
    primary: childText(element, 'primary_cust'),
    rpatSupport: firstText(element, 'rpat_support', 'rpat'),
    name: info ? childText(info, 'name') : null,
    company: info ? childText(info, 'company') : null,
    companyCode: info ? childText(info, 'company_code') : null,
    issueId: attribute(issue, 'id'),
    issue: textOf(issue),
    details: info ? childText(info, 'details') : null,
  };
}

function readRepresentative(element: Element): Representative {
  return {
    gsnumber: attribute(element, 'gsnumber'),
    id: attribute(element, 'id'),
    username: childText(element, 'username'),
    displayName: childText(element, 'display_name'),
    publicDisplayName: childText(element, 'public_display_name'),
    privateDisplayName: childText(element, 'private_display_name'),
    displayNumber: childText(element, 'display_number'),
    publicIp: childText(element, 'public_ip'),
    privateIp: childText(element, 'private_ip'),
    hostname: childText(element, 'hostname'),
    os: childText(element, 'os'),
    owner: childText(element, 'session_owner'),
    primary: childText(element, 'primary_rep'),
    secondsInvolved: childText(element, 'seconds_involved'),
    invited: childText(element, 'invited'),
  };
}

function readTeam(element: Element): Team {
  return {
    id: attribute(element, 'id'),
    name: childText(element, 'name') ?? textOf(element),
    primary: firstText(element, 'primary_team', 'primary', 'is_primary') ?? attribute(element, 'primary'),
  };
}
