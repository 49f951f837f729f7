import type { Transfer } from '../config/configuration.ts';
import { writeOutputFile } from '../platform/output-file.ts';
import { version } from '../platform/version.ts';
import type { TransferResult } from '../pull/result.ts';
import type { FoundLocked, KindState, TransferState } from '../state/state.ts';

/** What the metrics of one transfer are taken from. */
export interface Measured {
  readonly transfer: Transfer;
  /** What became of it in this run; null when it did not run. */
  readonly result: TransferResult | null;
  readonly known: TransferState | null;
  /** Null: its last scheduled run did not find it held by another one. */
  readonly locked: FoundLocked | null;
}

/** Replaces the textfile, for the collector's user too; whoever collects it sees the old one or the new one. Throws an `io` error. */
export function writeMetrics(path: string, measured: readonly Measured[]): Promise<void> {
  return writeOutputFile(path, Buffer.from(renderMetrics(measured)), 0o644);
}

interface Metric<Source> {
  readonly name: string;
  readonly type: 'gauge' | 'counter';
  readonly help: string;
  /** Null: there is nothing to say yet. */
  readonly value: (source: Source) => number | null;
}

const ofTransfer: readonly Metric<Measured>[] = [
  {
    name: 'ic_transfer_last_run_timestamp_seconds',
    type: 'gauge',
    help: 'When the last run of the transfer began; 0 if it never ran.',
    value: ({ known }) => known?.lastRun?.startedAt ?? 0,
  },
  {
    name: 'ic_transfer_last_success_timestamp_seconds',
    type: 'gauge',
    help: 'When the transfer last ended without any failure; 0 if it never did.',
    value: ({ known }) => known?.lastSuccess ?? 0,
  },
  {
    name: 'ic_transfer_last_run_exit_code',
    type: 'gauge',
    help: 'Exit code of the last run: 0 success, 3 partial, 69 unreachable, 74 file error, 76 not understood, 77 refused.',
    value: ({ result, known }) => result?.exitCode ?? known?.lastRun?.exitCode ?? null,
  },
  {
    name: 'ic_transfer_last_run_duration_seconds',
    type: 'gauge',
    help: 'How long the last run took.',
    value: ({ known }) =>
      known?.lastRun ? Math.max(0, known.lastRun.finishedAt - known.lastRun.startedAt) : null,
  },
  {
    name: 'ic_transfer_last_run_retries',
    type: 'gauge',
    help: 'Requests to the site that had to be repeated in the last run.',
    value: ({ known }) => known?.lastRun?.retries ?? null,
  },
  {
    name: 'ic_transfer_failing_since_timestamp_seconds',
    type: 'gauge',
    help: 'When the present row of failures began; 0 while all is well.',
    value: ({ known }) => known?.failingSince ?? 0,
  },
  {
    name: 'ic_transfer_locked_runs',
    type: 'gauge',
    help: 'How many runs in a row have found the transfer held by another one.',
    value: ({ locked }) => locked?.count ?? 0,
  },
  {
    name: 'ic_transfer_locked_since_timestamp_seconds',
    type: 'gauge',
    help: 'When the first of these runs found it; 0 if the last one did not.',
    value: ({ locked }) => locked?.since ?? 0,
  },
  {
    name: 'ic_transfer_clock_difference_seconds',
    type: 'gauge',
    help: "The appliance's clock minus this machine's.",
    value: ({ known }) => known?.clockDifference ?? null,
  },
];

const ofKind: readonly Metric<KindState | null>[] = [
  {
    name: 'ic_watermark_timestamp_seconds',
    type: 'gauge',
    help: 'Up to when, by the clock of the appliance, everything is delivered.',
    value: (kind) => kind?.watermark ?? null,
  },
  {
    name: 'ic_delivered_items_total',
    type: 'counter',
    help: 'Items delivered.',
    value: (kind) => kind?.delivered ?? 0,
  },
  {
    name: 'ic_delivered_bytes_total',
    type: 'counter',
    help: 'Bytes delivered.',
    value: (kind) => kind?.bytes ?? 0,
  },
  {
    name: 'ic_owed_items',
    type: 'gauge',
    help: 'Items that the site has and the destination does not have yet.',
    value: (kind) => kind?.owed ?? 0,
  },
  {
    name: 'ic_open_items',
    type: 'gauge',
    help: 'Sessions still in progress that are asked for again by each run.',
    value: (kind) => kind?.open ?? 0,
  },
];

/** What is known of a sample from elsewhere; null: nothing. */
export type KnownSample = (name: string, labels: string) => number | null;

/** The text format of Prometheus. What `known` says of a sample comes before what is measured. */
export function renderMetrics(measured: readonly Measured[], known: KnownSample = () => null): string {
  const build = {
    name: 'ic_build_info',
    type: 'gauge',
    help: 'The version that wrote these metrics.',
    value: () => 1,
  } as const;
  const blocks = [
    block(build, [{ labels: { version }, source: null }], () => null),
    ...ofTransfer.map((metric) =>
      block(
        metric,
        measured.map((source) => ({ labels: labelsOf(source), source })),
        known,
      ),
    ),
    ...ofKind.map((metric) => block(metric, measured.flatMap(kindsOf), known)),
  ];
  return blocks.join('');
}

interface Sample<Source> {
  readonly labels: Readonly<Record<string, string>>;
  readonly source: Source;
}

export function labelsOf({ transfer }: Pick<Measured, 'transfer'>): Readonly<Record<string, string>> {
  return { transfer: transfer.name, site: transfer.site, destination: transfer.destination };
}

function kindsOf(measured: Measured): readonly Sample<KindState | null>[] {
  return measured.transfer.data.map((kind) => ({
    labels: { ...labelsOf(measured), kind },
    source: measured.known?.kinds.get(kind) ?? null,
  }));
}

function block<Source>(
  metric: Metric<Source>,
  samples: readonly Sample<Source>[],
  known: KnownSample,
): string {
  const lines = samples.flatMap(({ labels, source }) => {
    const text = labelText(labels);
    const value = known(metric.name, text) ?? metric.value(source);
    return value === null ? [] : [`${metric.name}{${text}} ${value}\n`];
  });
  if (lines.length === 0) return '';
  return `# HELP ${metric.name} ${metric.help}\n# TYPE ${metric.name} ${metric.type}\n${lines.join('')}`;
}

export function labelText(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${escapeLabel(value)}"`)
    .join(',');
}

export function escapeLabel(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
