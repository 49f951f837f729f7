import { type Answer, html, redirect, text } from '../answer.ts';
import type { Core } from '../core.ts';
import type { LinkTarget } from '../links.ts';
import type { RecordingKind } from '../recordings.ts';
import type { LoggedRequest } from '../request-log.ts';
import { loginPage, recordingAnswer } from './recording.ts';

/** `GET /session_download?lsid=l%3D…`: what the signed links of a report lead to. */
export function answerDownload(core: Core, request: LoggedRequest): Answer {
  const link = core.links.resolve(request.parameters);
  if (!link) return html('Document Not Found', 404);
  if (link.mode === 'chat') return text(`Chat transcript of ${link.lsid}\n`, 'text/plain; charset=UTF-8');
  const target = { kind: kindOf(core, link), lsid: link.lsid, instance: link.instance };
  const { link: access, linkRedirect } = core.recordings.behaviour(target);
  if (linkRedirect !== null) return redirect(linkRedirect);
  const welcome = access === 'open' || (access === 'bearer' && core.tokens.isValid(request.bearer ?? ''));
  return welcome ? recordingAnswer(core, request, target) : loginPage();
}

function kindOf(core: Core, { lsid, mode }: LinkTarget): RecordingKind {
  if (mode === 'shell' || mode === 'sms') return mode;
  return core.sessions.has(lsid) ? 'session' : 'presentation';
}
