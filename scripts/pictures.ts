// Makes the pictures of `ic status` in docs/pictures: in terminals of 80 and 120 columns (needs tmux), and the page at three
// widths (needs chromium). Run it with `npm run pictures`.
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { systemClock } from '../src/platform/clock.ts';
import type { Kind } from '../src/platform/kinds.ts';
import type { RunRecord, StateChange } from '../src/state/state.ts';
import { openState } from '../src/state/store.ts';
import { projectRoot } from './runtime.mjs';

const run = promisify(execFile);
const now = Math.floor(Date.now() / 1000);
const day = 86_400;

const sites = ['vienna', 'paris', 'osaka'];
const configuration = `${sites.map((name) => `[site.${name}]\nhost = ${name}.example.com\nclient_id = a\nclient_secret = b\n`).join('')}
[destination.evidence-archive]
type = file-system
directory = archive
[transfer.emea-vienna-to-evidence-archive]
site = vienna
destination = evidence-archive
data = sessions, session-recordings, show-my-screen-recordings, presentations, presentation-recordings
[transfer.emea-paris-to-evidence-archive]
site = paris
destination = evidence-archive
data = sessions, session-recordings
[transfer.apac-osaka-backups]
site = osaka
destination = evidence-archive
data = backups
every = 1d
at = 02:30
`;

interface Example {
  readonly transfer: string;
  readonly site: string;
  readonly kinds: readonly Kind[];
  readonly status: RunRecord['status'];
  readonly error: RunRecord['error'];
  readonly days: number;
}

const examples: readonly Example[] = [
  {
    transfer: 'emea-vienna-to-evidence-archive',
    site: 'vienna',
    kinds: [
      'sessions',
      'session-recordings',
      'show-my-screen-recordings',
      'presentations',
      'presentation-recordings',
    ],
    status: 'failed',
    error: {
      code: 'unreachable',
      exit_code: 69,
      message: 'vienna.example.com cannot be reached: it refused the connection on port 443 (ECONNREFUSED).',
      hint: 'Check host and port of the site, and firewalls between here and there.',
    },
    days: 60,
  },
  {
    transfer: 'emea-paris-to-evidence-archive',
    site: 'paris',
    kinds: ['sessions', 'session-recordings'],
    status: 'ok',
    error: null,
    days: 30,
  },
];

const names = { lseq: null, sessionType: null, externalKey: null, startTime: null, endTime: null };

function changesOf({ transfer, site, kinds, status, error, days }: Example): readonly StateChange[] {
  const changes: StateChange[] = [{ type: 'begin', transfer, site, destination: 'evidence-archive' }];
  for (const kind of kinds) changes.push({ type: 'watermark', transfer, kind, watermark: now - 400 });
  for (let ago = days; ago >= 0; ago -= 1) {
    const hasFailed = status === 'failed' && (ago < 1 || ago % 11 === 5);
    const items = 20 + ((ago * 37) % 50);
    for (let item = 0; item < items; item += 1)
      changes.push({
        type: 'delivered',
        transfer,
        item: { kind: kinds[item % kinds.length] ?? 'sessions', lsid: `${ago}-${item}`, instance: 0 },
        hash: 'aa'.repeat(32),
        time: now - ago * day,
        bytes: 40_000 + ((item * 7919) % 900_000),
        counts: true,
      });
    const counts = {
      seen: items,
      delivered: items,
      unchanged: 0,
      skipped: 0,
      failed: 0,
      owed: ago % 4,
      bytes: items * 410_000,
    };
    for (let round = 0; round < 4; round += 1) {
      const isBad = hasFailed && round > 1;
      const startedAt = now - ago * day - (3 - round) * 900 - 180;
      changes.push({
        type: 'run',
        transfer,
        run: {
          id: `${ago}-${round}`,
          startedAt,
          finishedAt: startedAt + 20 + (ago % 30),
          status: isBad ? 'failed' : 'ok',
          exitCode: isBad ? 69 : 0,
          error: isBad ? error : null,
          warnings: [],
          kinds: isBad || round > 0 ? {} : { sessions: counts },
          retries: isBad ? 4 : 0,
          clockDifference: 1,
        },
      });
    }
  }
  if (kinds.includes('session-recordings'))
    for (const lsid of ['x', 'y', 'z'])
      changes.push({
        type: 'owe',
        transfer,
        item: {
          kind: 'session-recordings',
          lsid,
          instance: 0,
          since: now - 4000,
          attempts: 3,
          nextTry: now + 1200,
          status: 'not-ready',
          reason: 'the recording is being prepared',
          names,
        },
      });
  return changes;
}

async function terminal(directory: string, columns: number): Promise<string> {
  const server = `ic-pictures-${process.pid}`;
  const tmux = async (...parameters: readonly string[]) =>
    (await run('tmux', ['-L', server, '-f', '/dev/null', ...parameters])).stdout;
  const command = [
    process.execPath,
    join(projectRoot, 'src', 'main.ts'),
    'status',
    '-c',
    join(directory, 'ic.ini'),
  ];
  const keep = ['set-option', '-g', 'remain-on-exit', 'on', ';'];
  await tmux(
    'start-server',
    ';',
    ...keep,
    'new-session',
    '-d',
    '-x',
    String(columns),
    '-y',
    '50',
    ...command,
  );
  try {
    for (;;) {
      const isDone = (await tmux('display-message', '-p', '#{pane_dead}')).trim() === '1';
      const text = await tmux('capture-pane', '-p', '-e', '-S', '-');
      if (isDone) return text.replace(/\n[^\n]*Pane is dead[\s\S]*/, '\n');
      await systemClock.sleep(200);
    }
  } finally {
    await tmux('kill-server');
  }
}

const colors: Readonly<Record<string, string>> = {
  1: 'font-weight:bold',
  2: 'opacity:.6',
  31: 'color:#ff7a70',
  32: 'color:#5cc98b',
  33: 'color:#e5b54a',
};

/** What a terminal shows, as a page of its own. */
function asPage(text: string): string {
  const escaped = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  let depth = 0;
  const marked = escaped.replaceAll(/\u001b\[([\d;]*)m/g, (_, codes: string) => {
    const styles = codes.split(';').flatMap((code) => colors[code] ?? []);
    const end = '</span>'.repeat(depth);
    depth = styles.length > 0 ? 1 : 0;
    return styles.length > 0 ? `${end}<span style="${styles.join(';')}">` : end;
  });
  return `<!DOCTYPE html><meta charset="utf-8"><body style="margin:0;background:#12161c;color:#e4e8ee"><pre style="margin:0;padding:12px;font:14px/18px 'DejaVu Sans Mono',monospace">${marked}</pre>`;
}

async function picture(
  page: string,
  file: string,
  [width, height]: readonly [number, number],
  directory: string,
) {
  const source = join(directory, 'page.html');
  // A window has a smallest width, a frame has none.
  const frame = `<!DOCTYPE html><body style="margin:0"><iframe src="shown.html" style="border:0;width:${width}px;height:${height}px"></iframe>`;
  await writeFile(join(directory, 'shown.html'), page);
  await writeFile(source, frame);
  const flags = [
    '--headless',
    '--no-sandbox',
    '--disable-gpu',
    '--hide-scrollbars',
    '--force-device-scale-factor=1',
  ];
  const profile = `--user-data-dir=${join(directory, 'profile')}`;
  const size = `--window-size=${Math.max(width, 375)},${height}`;
  await run('chromium', [...flags, profile, size, `--screenshot=${file}`, pathToFileURL(source).href]);
}

const directory = await mkdtemp(join(tmpdir(), 'ic-pictures-'));
const out = join(projectRoot, 'docs', 'pictures');
try {
  await mkdir(out, { recursive: true });
  await writeFile(join(directory, 'ic.ini'), configuration, { mode: 0o600 });
  const state = await openState(join(directory, 'ic-state.db'), { clock: systemClock });
  await state.commit(examples.flatMap(changesOf));
  state.close();
  for (const columns of [80, 120]) {
    const text = await terminal(directory, columns);
    const height = text.trimEnd().split('\n').length * 18 + 24;
    const width = Math.ceil(columns * 8.43) + 24;
    await picture(
      asPage(text.trimEnd()),
      join(out, `status-${columns}-columns.png`),
      [width, height],
      directory,
    );
  }
  const command = [
    join(projectRoot, 'src', 'main.ts'),
    'status',
    '-c',
    join(directory, 'ic.ini'),
    '--html',
    '-',
  ];
  const { stdout } = await run(process.execPath, command);
  const page = stdout.replaceAll(directory, '/etc/ic').replaceAll(`ic on ${hostname()}`, 'ic on backup01');
  for (const [width, height] of [
    [375, 2600],
    [768, 1500],
    [1280, 1400],
  ] as const)
    await picture(page, join(out, `status-page-${width}.png`), [width, height], directory);
} finally {
  await rm(directory, { recursive: true, force: true });
}
