import { parseArgs } from 'node:util';
import { type Appliance, startAppliance } from './appliance.ts';
import { siteSection } from './ini.ts';
import { lazySessions, seedPresentations } from './seed.ts';

const help = `A simulated appliance to try ic against.

Usage: npm run appliance -- [flags]

Flags:
  --port N            port to listen on (default 8090; 0: any free one)
  --host ADDRESS      address to listen on (default 127.0.0.1; ::1 works too)
  --https             HTTPS, with a certificate from the authority in test/appliance/tls
  --seed N            which sessions to make up (default 1)
  --sessions N        sessions of the past (default 500)
  --presentations N   presentations of the past (default 20)
  --days N            how far back they reach (default 30)
  --per-hour N        sessions that will end in each of the next 24 hours (default 60)
  --user NAME:PASS    a user account, for the sign-in of appliances before 16.1
  --quiet             do not print each request
  --help              this text

Example:
  npm run appliance -- --https --sessions 5000
`;

const options = {
  port: { type: 'string', default: '8090' },
  host: { type: 'string', default: '127.0.0.1' },
  https: { type: 'boolean', default: false },
  seed: { type: 'string', default: '1' },
  sessions: { type: 'string', default: '500' },
  presentations: { type: 'string', default: '20' },
  days: { type: 'string', default: '30' },
  'per-hour': { type: 'string', default: '60' },
  user: { type: 'string' },
  quiet: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

const flags = readFlags();

if (flags.help) process.stdout.write(help);
else await run();

async function run(): Promise<void> {
  const appliance = await startAppliance({
    port: number('port'),
    address: flags.host,
    https: flags.https,
    users: flags.user ? [readUser(flags.user)] : [],
  });
  addRecords(appliance);
  process.stdout.write(describe(appliance));
  if (!flags.quiet) appliance.before((request) => void print(request), { times: Number.POSITIVE_INFINITY });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void appliance.close());
}

/** The past, and a day to come: sessions appear, and end, as time goes by. */
function addRecords(appliance: Appliance): void {
  const now = appliance.clock.seconds();
  const from = now - number('days') * 86_400;
  const past = { seed: number('seed'), from, to: now };
  appliance.sessions.addLazy(lazySessions({ ...past, count: number('sessions') }));
  appliance.presentations.addAll(seedPresentations({ ...past, count: number('presentations') }));
  const tomorrow = { seed: number('seed') + 1, from: now, to: now + 86_400, count: number('per-hour') * 24 };
  appliance.sessions.addLazy(lazySessions({ ...tomorrow, open: 0, abnormal: 0 }));
}

function describe(appliance: Appliance): string {
  return `The simulated appliance listens on ${appliance.url} with ${flags.sessions} sessions. Ctrl-C stops it.

  client id:     ${appliance.clientId}
  client secret: ${appliance.clientSecret}

For ic.ini:

${siteSection(appliance, 'sim')}
[destination.archive]
type = file-system
directory = archive

[transfer.sim-to-archive]
site = sim
destination = archive
data = sessions, session-recordings
start = ${flags.days}d

`;
}

async function print(request: Parameters<Parameters<Appliance['before']>[0]>[0]): Promise<void> {
  await request.finished;
  const what = request.report ?? request.parameters.action ?? request.path;
  const window = ['start_time', 'end_time', 'duration', 'lsid']
    .filter((name) => request.parameters[name] !== undefined && request.api === 'reporting')
    .map((name) => ` ${name}=${request.parameters[name]}`);
  process.stderr.write(
    `${request.method} ${what}${window.join('')}: ${request.status}, ${request.bytes} bytes\n`,
  );
}

function readUser(text: string): { readonly username: string; readonly password: string } {
  const [username = '', ...rest] = text.split(':');
  return { username, password: rest.join(':') };
}

function number(flag: 'port' | 'seed' | 'sessions' | 'presentations' | 'days' | 'per-hour'): number {
  const value = Number(flags[flag]);
  if (flags[flag].trim() !== '' && Number.isInteger(value) && value >= 0) return value;
  return refuse(`--${flag} takes a whole number, not "${flags[flag]}".`);
}

function readFlags() {
  try {
    return parseArgs({ options }).values;
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
}

function refuse(message: string): never {
  process.stderr.write(`${message}\nTry --help.\n`);
  process.exit(2);
}
