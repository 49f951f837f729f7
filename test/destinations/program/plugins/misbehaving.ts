// A plugin that does one thing wrong: `node misbehaving.ts MODE`. It leaves its process id in plugin.pid.
import { closeSync, writeFileSync, writeSync } from 'node:fs';
import { createInterface } from 'node:readline';

interface Message {
  readonly type: string;
  readonly item: number;
  readonly batch: number;
}

type Deeds = Readonly<Record<string, (message: Message) => void>>;

const mode = process.argv[2] ?? '';
const ready = { type: 'ready', protocol: 1, kinds: ['sessions'] };

writeFileSync('plugin.pid', String(process.pid));

/** What it does instead of, or before, what it should: by mode, then by the message that it was sent. */
const deeds: Readonly<Record<string, Deeds>> = {
  'ends at once': { start: () => process.exit(4) },
  'is never ready': { hello: () => {} },
  'speaks another version': { hello: () => say({ ...ready, protocol: 2 }) },
  'speaks another version, whatever else it says': {
    hello: () => say({ type: 'ready', protocol: 9, kinds: ['screenshots'], batch: 7 }),
  },
  'takes other kinds': { hello: () => say({ ...ready, kinds: ['backups'] }) },
  'is ready without kinds': { hello: () => say({ type: 'ready', protocol: 1 }) },
  'crashes in the second batch': {
    session: () => {
      if (batches < 1) return;
      process.stderr.write('Traceback: token is s3cret-value\nKeyError: ticket\n');
      process.exit(3);
    },
  },
  'ends early': { commit: () => process.exit(0) },
  'is killed': { commit: () => void process.kill(process.pid, 'SIGKILL') },
  hangs: { commit: () => {} },
  'stops reading': { hello: () => answerReady(() => stopReading()) },
  'closes its input': { hello: () => answerReady(() => closeSync(0)) },
  'closes its output': { commit: () => closeSync(1) },
  'talks without an end': { commit: () => flood(1, '{"type":"log","message":"again"}\n') },
  'complains without an end': { commit: () => flood(2, 'again\n') },
  'writes an endless line': { commit: () => flood(1, 'x'.repeat(100_000)) },
  'answers nonsense': { commit: () => void process.stdout.write('Delivered 1 session.\n') },
  'answers a list': { commit: () => say([]) },
  'answers with an unknown type': { commit: () => say({ type: 'done' }) },
  'confirms another batch': { commit: ({ batch }) => say({ type: 'committed', batch: batch + 7 }) },
  'confirms too early': {
    session: () => {
      say({ type: 'committed', batch: 1 });
      // Otherwise all might be written, and the commit with it, before the confirmation is seen.
      stopReading();
    },
  },
  'confirms an unknown item': {
    commit: ({ batch }) => say({ type: 'committed', batch, items: [{ item: 99 }] }),
  },
  'refuses an unknown item': { commit: () => say({ type: 'refused', item: 99, reason: 'no' }) },
  'refuses without an end': {
    session: ({ item }) => flood(1, `${JSON.stringify({ type: 'refused', item, reason: 'no' })}\n`),
  },
  'is ready twice': { commit: () => say(ready) },
  'gives up': {
    commit: () =>
      say({
        type: 'failed',
        code: 'refused',
        reason: 'the token s3cret-value is no good',
        hint: 'Renew it.',
      }),
  },
};

let batches = 0;
const deed = deeds[mode];
if (deed === undefined) throw new Error(`no mode ${mode}`);
deed.start?.({ type: 'start', item: 0, batch: 0 });

const lines = createInterface({ input: process.stdin });
lines.on('line', (line) => {
  const message: Message = JSON.parse(line);
  const own = deed[message.type];
  if (own) own(message);
  else if (message.type === 'hello') say(ready);
  if (message.type === 'commit') {
    if (!deed.commit) say({ type: 'committed', batch: message.batch });
    batches += 1;
  }
});

function say(message: unknown): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

function answerReady(afterwards: () => void): void {
  writeSync(1, `${JSON.stringify(ready)}\n`);
  afterwards();
  // It lives on.
  setInterval(() => {}, 1000);
}

function stopReading(): void {
  lines.pause();
  process.stdin.pause();
}

function flood(descriptor: 1 | 2, text: string): void {
  const stream = descriptor === 1 ? process.stdout : process.stderr;
  const more = () => {
    while (stream.write(text)) {}
    stream.once('drain', more);
  };
  more();
}
