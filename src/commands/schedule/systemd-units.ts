import { dirname, sep } from 'node:path';
import type { Configuration, DestinationConfig } from '../../config/configuration.ts';
import type { ScheduledRun } from './scheduled-run.ts';

/** The first line of every unit that ic writes; a file without it is somebody else's. */
export const unitMark =
  '# Written by ic schedule systemd, and replaced by it: put changes into a drop-in (systemctl edit).';

export interface UnitOptions {
  /** Null: root. */
  readonly user: string | null;
  readonly name: string;
}

export interface ServiceOptions extends UnitOptions {
  /** What of it lies in a home or among temporary files stays in sight. */
  readonly used: readonly string[];
}

/** A oneshot service that may write where the configuration says, and little else. */
export function renderService(run: ScheduledRun, { user, name, used }: ServiceOptions): string {
  const { command, configuration, environmentNames } = run;
  const written = writtenDirectories(configuration);
  const environmentFile = `${dirname(configuration.file)}${sep}${name}.env`;
  return lines([
    unitMark,
    '[Unit]',
    'Description=ic: pull what is due from the appliances',
    'Wants=network-online.target',
    'After=network-online.target',
    '',
    '[Service]',
    'Type=oneshot',
    `ExecStart=${startable(command).map(quoteInCommand).join(' ')}`,
    `WorkingDirectory=${escapeSpecifiers(dirname(configuration.file)).replace(/[\s\\]$/, '$&/')}`,
    ...(user === null ? [] : [`User=${user}`]),
    ...environmentLines(environmentNames, environmentFile),
    '# A run ends at its next safe point; nothing is lost if it does not get there.',
    'TimeoutStopSec=15',
    'UMask=0077',
    'Nice=10',
    '',
    'NoNewPrivileges=yes',
    `CapabilityBoundingSet=${user === null ? 'CAP_DAC_OVERRIDE CAP_FOWNER CAP_CHOWN' : ''}`,
    'ProtectSystem=strict',
    ...written.map((directory) => `ReadWritePaths=${quotePath(`-${directory}`)}`),
    ...programLines(configuration),
    `ProtectHome=${used.some(isInHome) ? 'read-only' : 'yes'}`,
    ...(used.some(isTemporary) ? ['PrivateTmp=no', 'ReadWritePaths=/tmp /var/tmp'] : ['PrivateTmp=yes']),
    'PrivateDevices=yes',
    'ProtectClock=yes',
    'ProtectControlGroups=yes',
    'ProtectHostname=yes',
    'ProtectKernelLogs=yes',
    'ProtectKernelModules=yes',
    'ProtectKernelTunables=yes',
    'ProtectProc=invisible',
    '# Sockets of UNIX are what keeps two runs of a transfer apart.',
    'RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK',
    'RestrictNamespaces=yes',
    'RestrictRealtime=yes',
    'RestrictSUIDSGID=yes',
    'LockPersonality=yes',
    'SystemCallArchitectures=native',
    'SystemCallFilter=@system-service',
    'SystemCallErrorNumber=EPERM',
  ]);
}

/** Each minute, on the minute; what was missed while the machine slept is made up once. */
export function renderTimer({ name }: UnitOptions): string {
  return lines([
    unitMark,
    '[Unit]',
    `Description=Start ${name}.service each minute`,
    '',
    '[Timer]',
    'OnCalendar=minutely',
    'AccuracySec=1s',
    'Persistent=true',
    `Unit=${name}.service`,
    '',
    '[Install]',
    'WantedBy=timers.target',
  ]);
}

/** Every directory in which `ic` writes, without those that are within another one. */
export function writtenDirectories(configuration: Configuration): readonly string[] {
  const { state, log, metrics, destinations } = configuration;
  const files = [state.path, log.file, metrics.textfile].filter((file) => file !== null);
  const all = [...files.map((file) => dirname(file)), ...[...destinations.values()].flatMap(writtenBy)];
  return [...new Set(all)]
    .filter((one) => !all.some((other) => one !== other && isWithin(one, other)))
    .sort();
}

function writtenBy(destination: DestinationConfig): readonly string[] {
  if (destination.type === 'sqlite') return [dirname(destination.path)];
  if (destination.type !== 'file-system') return [];
  return Array.from(destination.kinds.values(), ({ directory }) => directory);
}

function isWithin(path: string, directory: string): boolean {
  return path.startsWith(directory.endsWith(sep) ? directory : `${directory}${sep}`);
}

function programLines({ destinations }: Configuration): readonly string[] {
  const programs = [...destinations.values()].filter(({ type }) => type === 'program');
  return programs.map(({ name }) => `# [destination.${name}] is a program: add a line for what it writes.`);
}

function environmentLines(names: readonly string[], file: string): readonly string[] {
  if (names.length === 0) return [];
  return [
    `# The configuration wants ${names.join(', ')}: NAME=value lines in this file, which only root need read.`,
    `EnvironmentFile=-${escapeSpecifiers(file)}`,
  ];
}

function isInHome(path: string): boolean {
  return ['/home', '/root', '/run/user'].some((home) => path === home || isWithin(path, home));
}

function isTemporary(path: string): boolean {
  return ['/tmp', '/var/tmp'].some((place) => path === place || isWithin(path, place));
}

/** systemd takes no program whose path has quotation marks or backslashes, and no variable for one: a shell does. */
function startable(command: readonly string[]): readonly string[] {
  return /["'\\$]/.test(command[0] ?? '') ? ['/bin/sh', '-c', 'exec "$0" "$@"', ...command] : command;
}

/** In a command line, systemd also fills in variables. */
function quoteInCommand(word: string): string {
  return quotePath(word).replaceAll('$', '$$$$');
}

function quotePath(path: string): string {
  const escaped = escapeSpecifiers(path.replaceAll('\\', '\\\\').replaceAll('"', '\\"'));
  return /^[\w@+=:,./%$-]+$/.test(path) ? escaped : `"${escaped}"`;
}

function escapeSpecifiers(text: string): string {
  return text.replaceAll('%', '%%');
}

function lines(all: readonly string[]): string {
  return `${all.join('\n')}\n`;
}
