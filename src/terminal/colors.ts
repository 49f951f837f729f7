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
