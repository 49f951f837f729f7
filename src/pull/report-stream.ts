import type { ReportType } from '../appliance/appliance.ts';
import type { Kind, RecordingKind, RecordKind } from '../platform/kinds.ts';
import type { Presentation, Session } from '../sessions/session.ts';
import { type ExpectedRecording, recordingsOfPresentation, recordingsOfSession } from './recordings-of.ts';

/** One of the appliance's reports and the kinds that are read from it in one pass. */
export interface ReportStream {
  readonly report: ReportType;
  readonly recordKind: RecordKind;
  /** The kinds of this stream that the transfer asks for; at least one. */
  readonly kinds: readonly Kind[];
  recordingsOf(record: Session | Presentation): readonly ExpectedRecording[];
}

const supportKinds: readonly Kind[] = [
  'sessions',
  'session-recordings',
  'command-shell-recordings',
  'show-my-screen-recordings',
];
const presentationKinds: readonly Kind[] = ['presentations', 'presentation-recordings'];

/** The streams that hold the wanted kinds. Backups come from no report. */
export function streamsOf(wanted: readonly Kind[]): readonly ReportStream[] {
  const streams: ReportStream[] = [
    {
      report: 'SupportSession',
      recordKind: 'sessions',
      kinds: supportKinds.filter((kind) => wanted.includes(kind)),
      recordingsOf: (record) => recordingsOfSession(record as Session),
    },
    {
      report: 'PresentationSession',
      recordKind: 'presentations',
      kinds: presentationKinds.filter((kind) => wanted.includes(kind)),
      recordingsOf: (record) => recordingsOfPresentation(record as Presentation),
    },
  ];
  return streams.filter((stream) => stream.kinds.length > 0);
}

export function isRecordingKind(kind: Kind): kind is RecordingKind {
  return kind !== 'sessions' && kind !== 'presentations' && kind !== 'backups';
}

/** The kind under which a record's failure is counted: that of records, where the stream has it. */
export function countedKind({ kinds, recordKind }: ReportStream): Kind {
  return kinds.includes(recordKind) ? recordKind : (kinds[0] as Kind);
}
