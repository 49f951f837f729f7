// A plugin that does all that it is asked to, and writes down what it heard, one message a line, into heard.ndjson.
// Its configuration says what else it does.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, renameSync } from 'node:fs';

interface Item {
  readonly type: string;
  readonly item: number;
  readonly path: string;
  readonly names: { readonly lsid: string };
}

interface Hello {
  readonly kinds: readonly string[];
  readonly configuration: Readonly<Record<string, string>>;
}

let configuration: Hello['configuration'] = {};
const items: Item[] = [];

for await (const line of linesOf(process.stdin)) {
  const message = JSON.parse(line);
  note(message);
  if (message.type === 'hello') await greet(message);
  else if (message.type === 'commit') commit(message);
  else if (message.type === 'goodbye') break;
  else if (message.names) items.push(message);
}

async function greet(message: Hello): Promise<void> {
  configuration = message.configuration;
  if (configuration.complain) process.stderr.write(`${configuration.complain}\n`);
  if (configuration.log) say({ type: 'log', level: 'warn', message: configuration.log });
  for (let count = 0; count < Number(configuration.chatter ?? 0); count += 1)
    say({ type: 'log', level: 'info', message: `line ${count}` });
  if (configuration.tell) note({ type: 'surroundings', environment: process.env, parameters: process.argv });
  if (configuration.stubborn) await beStubborn();
  const batch = { items: 3, bytes: 1_000_000 };
  say({ type: 'ready', protocol: 1, kinds: message.kinds, batch, recognises: true });
}

/** Hears no signal, and has a child that hears none either. */
async function beStubborn(): Promise<void> {
  process.on('SIGTERM', () => {});
  const script = "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000); console.log('deaf')";
  const child = spawn(process.execPath, ['-e', script], { stdio: ['inherit', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  note({ type: 'pids', pids: [process.pid, child.pid] });
}

function commit({ batch }: { readonly batch: number }): void {
  if (configuration.stubborn) return;
  const results: object[] = [];
  for (const { type, item, path, names } of items.splice(0)) {
    if (type === 'file' && configuration.take) renameSync(path, configuration.take);
    if (names.lsid === configuration.refuse) say({ type: 'refused', item, reason: 'not this one' });
    else if (names.lsid === configuration.skip) results.push({ item, status: 'skipped' });
  }
  say({ type: 'committed', batch, items: results });
}

function note(message: object): void {
  appendFileSync('heard.ndjson', `${JSON.stringify(message)}\n`);
}

function say(message: object): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

/** With `slow` it takes a rest after each chunk, and talks a lot before it reads on. */
async function* linesOf(stream: AsyncIterable<Buffer>): AsyncGenerator<string> {
  let held: Buffer[] = [];
  for await (const chunk of stream) {
    const end = chunk.indexOf(10);
    if (configuration.slow && held.length % 10 === 0) {
      say({ type: 'log', level: 'debug', message: 'x'.repeat(100_000) });
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    if (end < 0) {
      held.push(chunk);
      continue;
    }
    const lines = Buffer.concat([...held, chunk])
      .toString('utf8')
      .split('\n');
    held = [Buffer.from(lines.pop() ?? '')];
    yield* lines;
  }
}
