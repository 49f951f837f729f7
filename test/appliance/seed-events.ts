import type { Seconds } from './clock.ts';
import type { Random } from './random.ts';
import { eventTemplates } from './seed-event-templates.ts';
import type { Cast } from './seed-people.ts';
import { seedSystemInformation } from './seed-system-information.ts';
import { chatLines, controlLines, filePaths, notes } from './seed-texts.ts';
import type { ActorSpec, EventSpec } from './spec.ts';
import { anEvent } from './specimens.ts';

/** What happens in one session besides its people. */
export interface Plot {
  readonly startTime: Seconds;
  /** Null for a session without an end. */
  readonly endTime: Seconds | null;
  readonly shells: number;
  readonly showMyScreens: number;
  /** Chat messages and other events besides the fixed ones. */
  readonly length: number;
  /** Rows of the event log in the system information; null: none was collected. */
  readonly systemInformationRows: number | null;
  /** Raw characters that XML forbids, in a window title. */
  readonly forbidden: string;
  readonly survey: boolean;
}

/** The events of a session, in order of time. */
export function seedEvents(random: Random, cast: Cast, plot: Plot): readonly EventSpec[] {
  const drafts = [
    ...opening(random, cast, plot),
    ...Array.from({ length: plot.shells }, (_, instance) =>
      recordingStart('Command Shell Session Started', cast, instance),
    ),
    ...Array.from({ length: plot.showMyScreens }, (_, instance) =>
      recordingStart('Show My Screen Recording', cast, instance),
    ),
    ...Array.from({ length: plot.length }, () => something(random, cast)),
    ...(plot.forbidden ? [forbiddenTitle(plot.forbidden)] : []),
    ...closing(random, cast, plot),
  ];
  const span = (plot.endTime ?? plot.startTime + 300) - plot.startTime;
  const last = Math.max(1, drafts.length - 1);
  return drafts.map((draft, index) =>
    anEvent({ ...draft, time: plot.startTime + Math.floor((span * index) / last) }),
  );
}

type Draft = Omit<Partial<EventSpec>, 'time'> & { readonly type: string };

const system: ActorSpec = { type: 'system', gsnumber: '0', name: 'Remote Support' };
const everyone: ActorSpec = { type: 'everyone', gsnumber: '0', name: 'Everyone' };

function customerOf({ customerPerson }: Cast): ActorSpec {
  return { type: 'customer', gsnumber: customerPerson.gsnumber, name: customerPerson.name };
}

function repOf({ repPerson }: Cast): ActorSpec {
  return repPerson ? { type: 'representative', gsnumber: repPerson.gsnumber, name: repPerson.name } : system;
}

function opening(random: Random, cast: Cast, plot: Plot): readonly Draft[] {
  const { customer } = cast;
  const memberValues = Object.entries({
    name: cast.customerPerson.name,
    public_ip: customer.publicIp,
    os: customer.os,
  });
  const information = plot.systemInformationRows;
  return [
    { type: 'Session Start' },
    {
      type: 'Conference Owner Changed',
      destination: { type: 'system', gsnumber: '0', name: 'Pre-start Conference' },
      data: [{ name: 'owner', value: 'Pre-start Conference' }],
    },
    {
      type: 'Conference Member Added',
      performedBy: customerOf(cast),
      data: memberValues.map(([name, value]) => ({ name, value: value ?? '' })),
    },
    ...(cast.repPerson ? [{ type: 'Session Assigned', performedBy: system, destination: repOf(cast) }] : []),
    ...(information === null
      ? []
      : [
          {
            type: 'System Information Retrieved',
            performedBy: customerOf(cast),
            systemInformation: seedSystemInformation(random, information),
          },
        ]),
  ];
}

function recordingStart(type: string, cast: Cast, instance: number): Draft {
  return {
    type,
    performedBy: repOf(cast),
    destination: customerOf(cast),
    data: [{ name: 'instance', value: String(instance) }],
  };
}

function something(random: Random, cast: Cast): Draft {
  switch (random.between(0, 9)) {
    case 0:
    case 1:
    case 2:
      return {
        type: 'Chat Message',
        performedBy: repOf(cast),
        destination: everyone,
        body: random.pick(chatLines),
      };
    case 3:
      return {
        type: 'Chat Message',
        performedBy: customerOf(cast),
        destination: repOf(cast),
        body: random.pick(chatLines),
      };
    case 4:
      return {
        type: 'Chat Message',
        performedBy: system,
        destination: everyone,
        body: random.pick(controlLines),
      };
    case 5:
      return { type: 'Session Note Added', performedBy: repOf(cast), body: random.pick(notes) };
    case 6:
      return filesShared(random, cast);
    case 7:
      return fileUpload(random, cast);
    default:
      return fromTemplate(random, cast);
  }
}

function filesShared(random: Random, cast: Cast): Draft {
  const files = Array.from({ length: random.between(1, 3) }, () => ({
    filename: random.pick(filePaths),
    filesize: String(random.between(0, 5_000_000_000)),
  }));
  return { type: 'Files Shared', performedBy: customerOf(cast), destination: everyone, files };
}

/** Older releases give name and size as elements, newer ones as values, some as both. */
function fileUpload(random: Random, cast: Cast): Draft {
  const filename = random.pick(filePaths);
  const filesize = String(random.between(1, 9_000_000));
  const form = random.pick(['elements', 'values', 'both']);
  return {
    type: random.pick(['File Upload', 'File Download', 'File Download Failed']),
    performedBy: repOf(cast),
    destination: customerOf(cast),
    filename: form === 'values' ? null : filename,
    filesize: form === 'values' ? null : filesize,
    data:
      form === 'elements'
        ? null
        : [
            { name: 'filename', value: filename },
            { name: 'filesize', value: filesize },
          ],
  };
}

function fromTemplate(random: Random, cast: Cast): Draft {
  const { type, by, values } = random.pick(eventTemplates);
  const performedBy = { rep: repOf(cast), customer: customerOf(cast), system, nobody: null }[by];
  return { type, performedBy, data: Object.entries(values).map(([name, value]) => ({ name, value })) };
}

function forbiddenTitle(characters: string): Draft {
  return {
    type: 'Session Foreground Window Changed',
    performedBy: system,
    data: [{ name: 'windowName', value: `title ${characters}!` }],
  };
}

function closing(random: Random, cast: Cast, plot: Plot): readonly Draft[] {
  if (plot.endTime === null) return [];
  const survey: Draft = {
    type: 'Customer Exit Survey',
    performedBy: customerOf(cast),
    data: [
      { name: 'rating', value: String(random.between(1, 5)) },
      { name: 'comments', value: 'sehr gut\\n5 > 4' },
    ],
  };
  return [...(plot.survey ? [survey] : []), { type: 'Session End' }];
}
