import { IcError } from '../platform/errors.ts';
import type { RecordingKind } from '../platform/kinds.ts';
import { saysDenied, saysNotFound, saysNotReady } from './answers.ts';
import type { DownloadedFile, DownloadOptions, WantedRecording } from './appliance.ts';
import type { Bandwidth } from './bandwidth.ts';
import { type DownloadSource, download, downloadPatience } from './download.ts';
import { acceptRecording } from './recognise-recording.ts';
import { RecordingExpired, RecordingNotReady } from './recording-errors.ts';
import { askByLink } from './recording-link.ts';
import type { SiteClient } from './site-client.ts';
import { Unavailable, Unreachable } from './unreachable.ts';

const reports: Readonly<Record<RecordingKind, string>> = {
  'session-recordings': 'SupportSessionRecording',
  'command-shell-recordings': 'CommandShellRecording',
  'show-my-screen-recordings': 'ShowMyScreenRecording',
  'presentation-recordings': 'PresentationSessionRecording',
};

/** As `Appliance.downloadRecording`: through the reporting API first, by the link of the report second. */
export async function downloadRecording(
  client: SiteClient,
  bandwidth: Bandwidth,
  wanted: WantedRecording,
  file: string,
  options: DownloadOptions,
): Promise<DownloadedFile> {
  try {
    return await download(client, bandwidth, byApi(client, wanted, options.signal), file, options);
  } catch (first) {
    if (wanted.url === null || !mayBeHadByLink(first, wanted)) throw first;
    const link = { url: wanted.url, once: first instanceof Unavailable };
    const source = byLink(client, wanted, link, options.signal);
    try {
      return await download(client, bandwidth, source, file, options);
    } catch (second) {
      options.signal.throwIfAborted();
      throw isTelling(second, first) ? second : first;
    }
  }
}

function byApi(client: SiteClient, wanted: WantedRecording, signal: AbortSignal): DownloadSource {
  const origin = client.about(nameOf(wanted));
  const url = new URL(client.site.reportingPath, client.origin);
  const form = toForm(client, wanted);
  return {
    what: origin.what,
    ask: (headers) =>
      client.call({ what: origin.what, url, form, headers, patience: downloadPatience }, signal),
    accept: (answer) => acceptRecording(answer, { kind: wanted.kind, origin, logger: client.logger }),
  };
}

/** `once`: what has been waited for once is not waited for again. */
function byLink(
  client: SiteClient,
  wanted: WantedRecording,
  { url, once }: { readonly url: string; readonly once: boolean },
  signal: AbortSignal,
): DownloadSource {
  const origin = client.about(`${nameOf(wanted)} by its link`);
  return {
    what: origin.what,
    ask: (headers) => askByLink(client, url, { what: origin.what, headers, once }, signal),
    accept: (answer) => acceptRecording(answer, { kind: wanted.kind, origin, logger: client.logger }),
  };
}

function nameOf({ kind, lsid, instance }: WantedRecording): string {
  const name = kind.replace(/s$/, '').replaceAll('-', ' ');
  return `${name} ${hasInstances(kind) ? `${instance} ` : ''}of ${lsid}`;
}

function hasInstances(kind: RecordingKind): boolean {
  return kind === 'command-shell-recordings' || kind === 'show-my-screen-recordings';
}

/** The names of some parameters are not documented: `recording_query` of the site has the last word. */
function toForm({ site }: SiteClient, { kind, lsid, instance, format }: WantedRecording): URLSearchParams {
  const form = new URLSearchParams({ generate_report: reports[kind], lsid });
  if (hasInstances(kind)) form.set('instance', String(instance));
  if (format !== null) form.set('format', format);
  for (const [name, value] of site.recordingQuery.get(kind) ?? []) {
    form.set(name, value.replaceAll('%LSID%', lsid).replaceAll('%INSTANCE%', String(instance)));
  }
  return form;
}

/** Another answer than an error that is clear: the API may not serve this kind on this version, or to this account. */
function mayBeHadByLink(error: unknown, wanted: WantedRecording): boolean {
  if (error instanceof RecordingNotReady) return !saysNotReady(error.message);
  // Without a token there is nothing to be had by the link either.
  if (error instanceof Unavailable) return error.status >= 500 && error.what === nameOf(wanted);
  if (saysNotFound(error) || saysDenied(error)) return true;
  return error instanceof IcError && error.code === 'not-understood';
}

/** Whether the link's failure says more than that there is nothing to be had by it either. */
function isTelling(second: unknown, first: unknown): boolean {
  if (second instanceof RecordingExpired || second instanceof RecordingNotReady) return true;
  if (second instanceof Unreachable) return second.cutOff || !(first instanceof Unreachable);
  return !(second instanceof IcError && (second.code === 'refused' || second.code === 'not-understood'));
}
