import type { OutputStream } from '../commands/command.ts';

/** What makes text stand out; leaves it as it is where there are no colours. */
export interface Colors {
  bold(text: string): string;
  dim(text: string): string;
  red(text: string): string;
  yellow(text: string): string;
  green(text: string): string;
}

const same = (text: string) => text;

export const noColors: Colors = { bold: same, dim: same, red: same, yellow: same, green: same };

/** The colours that a stream shows. chalk is loaded only where there are any. */
export async function colorsOf(stream: OutputStream): Promise<Colors> {
  if (!stream.color) return noColors;
  const { Chalk } = await import('chalk');
  // The stream knows whether it has colours; chalk would judge by standard output.
  return new Chalk({ level: 1 });
}

/** What a colour means, in every command: well, worth a look, failed, of little interest. */
export type Tone = 'ok' | 'warn' | 'fail' | 'idle';

const colorOf = { ok: 'green', warn: 'yellow', fail: 'red', idle: 'dim' } as const;

export function toned(colors: Colors, tone: Tone | null, text: string): string {
  return tone === null ? text : colors[colorOf[tone]](text);
}

const marks = { ok: 'ok  ', warn: 'warn', fail: 'FAIL', idle: '–   ' } as const;

/** What a finding begins with, of one width whatever it came to. */
export function mark(colors: Colors, tone: Tone): string {
  return toned(colors, tone, marks[tone]);
}

/** Of the result of a run, as `pull` and `status` name it. */
export function toneOf(status: string): Tone {
  if (status === 'ok' || status === 'running') return 'ok';
  if (status === 'failed') return 'fail';
  return status === 'partial' || status === 'locked' ? 'warn' : 'idle';
}
