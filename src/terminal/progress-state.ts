import type { Kind } from '../platform/kinds.ts';
import type { FileProgress, Progress } from '../platform/progress.ts';
import { formatBytes, formatCount, formatDuration } from './format.ts';
import { type ProgressParts, progressLine } from './progress-line.ts';
import { printable } from './text.ts';

/** How far one transfer is. */
interface TransferProgress {
  phase: string;
  readonly items: Map<Kind, number>;
  files: number;
  filesDone: number;
  /** Those that are being downloaded. */
  readonly open: Set<OpenFile>;
  /** What has come of all files, and of those that are done. */
  bytes: number;
  bytesDone: number;
  /** Milliseconds of the monotonic clock at which the files were known. */
  filesSince: number | null;
  /** Moments, in milliseconds, and the bytes that had come by then: the rate is that of the last few seconds. */
  samples: (readonly [moment: number, bytes: number])[];
}

interface OpenFile {
  announced: number | null;
  received: number;
}

const rateWindowMs = 5_000;

/** The same names that a person would use; the plain ones take an `s`. */
const nouns: Readonly<Record<Kind, string>> = {
  sessions: 'session',
  'session-recordings': 'session recording',
  'command-shell-recordings': 'command shell recording',
  'show-my-screen-recordings': 'Show My Screen recording',
  presentations: 'presentation',
  'presentation-recordings': 'presentation recording',
  backups: 'backup',
};

/** Adds up what the transfers report, and puts it into words. Knows no terminal. */
export class ProgressState implements Progress {
  readonly #monotonic: () => number;
  readonly #transfers = new Map<string, TransferProgress>();

  constructor(monotonic: () => number) {
    this.#monotonic = monotonic;
  }

  phase(transfer: string, text: string): void {
    this.#of(transfer).phase = text;
  }

  items(transfer: string, kind: Kind, count: number): void {
    const { items } = this.#of(transfer);
    items.set(kind, (items.get(kind) ?? 0) + count);
  }

  expectFiles(transfer: string, files: number): void {
    const progress = this.#of(transfer);
    progress.files += files;
    progress.filesSince ??= this.#monotonic();
  }

  beginFile(transfer: string): FileProgress {
    const progress = this.#of(transfer);
    const file: OpenFile = { announced: null, received: 0 };
    progress.open.add(file);
    return {
      announce: (bytes) => {
        file.announced = bytes;
      },
      bytes: (count) => {
        file.received += count;
        progress.bytes += count;
      },
      done: () => {
        progress.open.delete(file);
        progress.filesDone += 1;
        progress.bytesDone += file.received;
      },
    };
  }

  done(transfer: string): void {
    this.#transfers.delete(transfer);
  }

  /** A line for each transfer that is running; on a terminal of so many columns it says what matters most. */
  lines(width = Number.POSITIVE_INFINITY): readonly string[] {
    const now = this.#monotonic();
    return [...this.#transfers].map(([name, progress]) =>
      progressLine(printable(name), partsOf(progress, now), width),
    );
  }

  #of(transfer: string): TransferProgress {
    let progress = this.#transfers.get(transfer);
    if (progress === undefined) {
      progress = {
        phase: '',
        items: new Map(),
        files: 0,
        filesDone: 0,
        open: new Set(),
        bytes: 0,
        bytesDone: 0,
        filesSince: null,
        samples: [[this.#monotonic(), 0]],
      };
      this.#transfers.set(transfer, progress);
    }
    return progress;
  }
}

/** `sessions of 2026-11-21, 1,204 sessions, 12 of 40 files, 48.2 MB of about 160.7 MB, 3.1 MB/s, 36 s left` */
function partsOf(progress: TransferProgress, now: number): ProgressParts {
  const { phase, items, files, filesDone, bytes } = progress;
  const counts = [...items].map(([kind, count]) => formatCount(count, nouns[kind]));
  return {
    phase: phase === '' ? null : printable(phase),
    items: counts.length === 0 ? null : counts.join(', '),
    files: files === 0 ? null : `${filesDone} of ${formatCount(files, 'file')}`,
    bytes: bytes === 0 ? null : formatBytes(bytes),
    total: ofTotal(progress),
    rate: bytes === 0 ? null : `${formatBytes(rate(progress, now))}/s`,
    timeLeft: timeLeft(progress, now),
  };
}

/** Bytes per second since the oldest sample of the window; takes a sample. */
function rate(progress: TransferProgress, now: number): number {
  const { samples, bytes } = progress;
  while ((samples[1]?.[0] ?? now) < now - rateWindowMs) samples.shift();
  const [since, before] = samples[0] ?? [now, bytes];
  samples.push([now, bytes]);
  return now > since ? ((bytes - before) * 1000) / (now - since) : 0;
}

function ofTotal(progress: TransferProgress): string | null {
  const total = totalOf(progress);
  if (total === null || progress.filesDone === progress.files) return null;
  return ` of ${total.isExact ? '' : 'about '}${formatBytes(total.bytes)}`;
}

/** At the rate at which files have come so far; files that bring nothing count by their number. */
function timeLeft(progress: TransferProgress, now: number): string | null {
  const { files, filesDone, filesSince, bytes } = progress;
  if (filesSince === null || filesDone >= files) return null;
  const total = totalOf(progress);
  if (total === null) return null;
  const toDo = bytes === 0 ? (files - filesDone) / filesDone : (total.bytes - bytes) / bytes;
  return Number.isFinite(toDo)
    ? `${formatDuration(Math.round((toDo * (now - filesSince)) / 1000))} left`
    : null;
}

/** Files whose size is not known are taken to be like the others; null while none is known. */
function totalOf({ files, filesDone, open, bytes, bytesDone }: TransferProgress): {
  readonly bytes: number;
  readonly isExact: boolean;
} | null {
  const announced = [...open].flatMap((file) =>
    file.announced === null ? [] : [Math.max(file.announced, file.received)],
  );
  const known = announced.reduce((sum, size) => sum + size, bytesDone);
  const sized = filesDone + announced.length;
  if (sized === 0) return null;
  const others = Math.max(0, files - sized);
  return { bytes: Math.max(bytes, known + (others * known) / sized), isExact: others === 0 };
}
