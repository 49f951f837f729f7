/** What a signed link or a request for a recording points at. */
export type LinkMode = 'chat' | 'recording' | 'sms' | 'shell';

export interface LinkTarget {
  readonly lsid: string;
  readonly mode: LinkMode;
  readonly instance: number | null;
}

/**
 * Links to transcripts and recordings, signed anew for every report: the same session never shows the same link
 * twice. A signature is 40 hexadecimal digits, of which the first eight number the report.
 */
export class Links {
  #report = 0;
  readonly #base: () => string;

  constructor(base: () => string) {
    this.#base = base;
  }

  /** What writes the links of one report. `kind` is `sd` for sessions, `pd` for presentations. */
  forReport(kind: 'sd' | 'pd'): (target: LinkTarget, view: boolean) => string {
    this.#report += 1;
    const report = this.#report;
    const base = `${this.#base()}/session_download?lsid=l%3D`;
    return ({ lsid, mode, instance }, view) =>
      `${base}${encodeURIComponent(lsid)}%3Bh%3D${signature(report, lsid, mode, instance)}%3Bt%3D${kind}%3Bm%3D${mode}` +
      `&dl_action=${mode}${instance === null ? '' : `&instance=${instance}`}${view ? '&view=1' : ''}`;
  }

  /** What a link's parameters point at, null when the signature is none that this appliance gave out. */
  resolve(parameters: Readonly<Record<string, string>>): LinkTarget | null {
    const match = /^l=(.+);h=([0-9a-f]{8})([0-9a-f]{32});t=(?:sd|pd);m=(chat|recording|sms|shell)$/.exec(
      parameters.lsid ?? '',
    );
    if (match === null) return null;
    const [, lsid = '', report = '', rest = '', mode = ''] = match;
    const target = {
      lsid,
      mode: mode as LinkMode,
      instance: parameters.instance ? Number(parameters.instance) : null,
    };
    return signature(Number.parseInt(report, 16), lsid, target.mode, target.instance) === report + rest
      ? target
      : null;
  }
}

/** Cheap and no secret: it only has to be checkable, and to differ from report to report. */
function signature(report: number, lsid: string, mode: string, instance: number | null): string {
  const text = `${report} ${lsid} ${mode} ${instance}`;
  let digits = report.toString(16).padStart(8, '0');
  for (let round = 1; round <= 4; round += 1) {
    let hash = Math.imul(round, 0x811c9dc5);
    for (let index = 0; index < text.length; index += 1)
      hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
    hash ^= hash >>> 15;
    digits += (hash >>> 0).toString(16).padStart(8, '0');
  }
  return digits;
}
