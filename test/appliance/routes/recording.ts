import { type Answer, redirect } from '../answer.ts';
import type { Core } from '../core.ts';
import { errorReport } from '../error-report.ts';
import { type MediaSpec, mediaBytes } from '../media.ts';
import {
  expiredText,
  findMedia,
  type RecordingBehaviour,
  type RecordingKind,
  type RecordingTarget,
} from '../recordings.ts';
import { hasEnded } from '../records.ts';
import type { LoggedRequest } from '../request-log.ts';

/** A recording by its report type: `lsid`, and the instance for shells and Show My Screen. */
export function answerRecording(kind: RecordingKind): (core: Core, request: LoggedRequest) => Answer {
  return (core, request) => {
    const { lsid } = request.parameters;
    if (!lsid) return errorReport(core, 'Required parameter lsid is missing.');
    const instance = readInstance(core, request, kind);
    if (instance === undefined) {
      return errorReport(core, `Required parameter ${core.general.instanceParameter} is missing.`);
    }
    const target = { kind, lsid, instance };
    if (!core.recordings.behaviour(target).api)
      return errorReport(core, 'The requested recording type is not supported.');
    return recordingAnswer(core, request, target);
  };
}

/** The recording, or the text that stands in its place. */
export function recordingAnswer(core: Core, request: LoggedRequest, target: RecordingTarget): Answer {
  const spec = recordingOf(core, target);
  if (!spec) return errorReport(core, 'No recording is available for this session.');
  const behaviour = core.recordings.behaviour(target);
  const error = stateError(core, target, behaviour);
  return error === null
    ? mediaAnswer(spec, behaviour, request, fileName(target, spec))
    : errorReport(core, error);
}

/** The answer of a link that wants a sign-in. */
export function loginPage(): Answer {
  return redirect('/login?redirect=session_download');
}

/** There are recordings of sessions that have ended, and of no others. */
function recordingOf(core: Core, target: RecordingTarget): MediaSpec | null {
  const records = target.kind === 'presentation' ? core.presentations : core.sessions;
  const outline = records.outline(target.lsid);
  return outline && hasEnded(outline, core.clock.seconds()) ? findMedia(core, target) : null;
}

/** The instance of a kind that has them, null for the others, undefined when it is missing. */
function readInstance(core: Core, request: LoggedRequest, kind: RecordingKind): number | null | undefined {
  if (kind === 'session' || kind === 'presentation') return null;
  const given = request.parameters[core.general.instanceParameter];
  return given !== undefined && /^\d+$/.test(given) ? Number(given) : undefined;
}

function stateError(
  core: Core,
  target: RecordingTarget,
  { state, notReadyText }: RecordingBehaviour,
): string | null {
  const before = core.recordings.ask(target);
  if (state === 'ready') return null;
  if (state === 'expired') return expiredText;
  if (state === 'never') return notReadyText;
  if ('error' in state) return state.error;
  const ready = 'readyAt' in state ? core.clock.seconds() >= state.readyAt : before >= state.notReadyFor;
  return ready ? null : notReadyText;
}

const contentTypes = {
  mp4: 'video/mp4',
  flv: 'video/x-flv',
  webm: 'video/webm',
  text: 'text/plain; charset=UTF-8',
  nsb: 'application/octet-stream',
} as const;

function fileName({ kind, lsid, instance }: RecordingTarget, { format }: MediaSpec): string {
  return `${kind}-${lsid}${instance === null ? '' : `-${instance}`}.${format === 'text' ? 'txt' : format}`;
}

function mediaAnswer(
  spec: MediaSpec,
  behaviour: RecordingBehaviour,
  request: LoggedRequest,
  name: string,
): Answer {
  const strong = `"${spec.format}-${spec.seed}-${spec.size}"`;
  const etag = behaviour.etag === 'weak' ? `W/${strong}` : strong;
  const range = behaviour.range ? readRange(request, spec.size, etag) : null;
  const [from, to] = range ?? [0, spec.size];
  const { bytesPerSecond } = behaviour;
  return {
    status: range === null ? 200 : from >= spec.size ? 416 : 206,
    headers: {
      'Content-Type': behaviour.contentType ?? contentTypes[spec.format],
      'Content-Disposition': `attachment; filename="${name}"`,
      ...(behaviour.range && { 'Accept-Ranges': 'bytes', ETag: etag }),
      ...(range && { 'Content-Range': `bytes ${from < spec.size ? `${from}-${to - 1}` : '*'}/${spec.size}` }),
    },
    body: () => mediaBytes(spec, from, to),
    length: behaviour.contentLength ? Math.max(0, to - from) : null,
    transport: bytesPerSecond ? { drip: { bytes: Math.ceil(bytesPerSecond / 20), everyMs: 50 } } : {},
  };
}

/** First byte and the one after the last, null when the whole file is wanted. */
function readRange({ headers }: LoggedRequest, size: number, etag: string): readonly [number, number] | null {
  const condition = headers['if-range'];
  const match = /^bytes=(\d+)-(\d*)$/.exec(headers.range ?? '');
  if (!match || (condition !== undefined && condition !== etag)) return null;
  const last = match[2] ? Number(match[2]) : size - 1;
  return [Number(match[1]), Math.min(size, last + 1)];
}
