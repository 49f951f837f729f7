import { isKind, type Kind, kinds } from '../../platform/kinds.ts';
import { Fault, nonsense } from './fault.ts';
import {
  type Committed,
  type Failed,
  type ItemResult,
  type LogMessage,
  type PluginMessage,
  protocolVersion,
  type Ready,
  type Refused,
} from './protocol.ts';

type Fields = Readonly<Record<string, unknown>>;

/** A line of a plugin's standard output as the message that it holds. Throws `Fault`. */
export function readMessage(line: string): PluginMessage {
  const fields = readObject(line);
  switch (fields.type) {
    case 'ready':
      return readReady(fields);
    case 'committed':
      return readCommitted(fields);
    case 'refused':
      return readRefused(fields);
    case 'failed':
      return readFailed(fields);
    case 'log':
      return readLog(fields);
    default:
      throw nonsense(`wrote a message of the unknown type ${excerpt(JSON.stringify(fields.type) ?? 'none')}`);
  }
}

function readObject(line: string): Fields {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    value = null;
  }
  if (isObject(value)) return value;
  throw new Fault(
    `wrote a line that is no JSON object: ${excerpt(line)}`,
    'Let the program write messages alone to standard output, and everything else to standard error.',
  );
}

function readReady(fields: Fields): Ready {
  const { protocol, recognises = false } = fields;
  if (!Number.isInteger(protocol)) throw nonsense('does not say in its ready which protocol it speaks');
  // First of all: what else stands in the ready of another version is not for this one to judge.
  if (protocol !== protocolVersion) throw otherVersion(protocol as number);
  if (typeof recognises !== 'boolean')
    throw nonsense('says in its ready a recognises that is not true or false');
  return {
    type: 'ready',
    kinds: readKinds(fields.kinds),
    batch: readBatch(fields.batch ?? {}),
    recognises,
  };
}

function otherVersion(version: number): Fault {
  return new Fault(
    `speaks version ${version} of the protocol, and ic speaks version ${protocolVersion}`,
    'Install a version of the program that goes with this version of ic.',
    'configuration',
  );
}

function readKinds(value: unknown): ReadonlySet<Kind> {
  const names: readonly unknown[] = Array.isArray(value) ? value : [];
  const known = names.filter((name) => typeof name === 'string' && isKind(name));
  if (names.length === 0 || known.length < names.length)
    throw nonsense(`does not say in its ready which kinds it takes, out of ${kinds.join(', ')}`);
  return new Set(known as readonly Kind[]);
}

/** A batch is held in memory, here and as a rule there. */
const usualBatch = { items: 100, bytes: 8 * 1024 ** 2 };
const largestBatch = { items: 1000, bytes: 64 * 1024 ** 2 };

function readBatch(value: unknown): Ready['batch'] {
  if (!isObject(value)) throw nonsense('says in its ready a batch that is no object');
  const { items = usualBatch.items, bytes = usualBatch.bytes } = value;
  if (!isCount(items) || !isCount(bytes) || items < 1 || bytes < 1)
    throw nonsense('says in its ready a batch whose items or bytes are no whole number from 1');
  return { items: Math.min(items, largestBatch.items), bytes: Math.min(bytes, largestBatch.bytes) };
}

function readCommitted({ batch, items = [] }: Fields): Committed {
  if (!isCount(batch)) throw nonsense('wrote a committed without the number of the batch');
  if (!Array.isArray(items)) throw nonsense(`confirmed batch ${batch} with items that are no list`);
  return { type: 'committed', batch, items: items.map((item: unknown) => readItem(item, batch)) };
}

const statuses = ['stored', 'updated', 'unchanged', 'skipped'] as const;

function readItem(value: unknown, batch: number): ItemResult {
  const { item, status: written = 'stored', bytes = null, location = null } = isObject(value) ? value : {};
  const status = statuses.find((one) => one === written);
  const isWhole = isCount(item) && (bytes === null || isCount(bytes));
  if (!isWhole || status === undefined || !(location === null || typeof location === 'string'))
    throw nonsense(
      `confirmed batch ${batch} with an item that cannot be read: ${excerpt(JSON.stringify(value))}`,
    );
  return { item, status, bytes, location };
}

function readRefused({ item, reason }: Fields): Refused {
  if (!isCount(item)) throw nonsense('wrote a refused without the number of the item');
  if (typeof reason !== 'string' || reason === '') throw nonsense(`refused item ${item} without a reason`);
  return { type: 'refused', item, reason };
}

const failureCodes = ['unreachable', 'io', 'refused', 'configuration'] as const;

function readFailed({ code: written = 'unreachable', reason, hint = null }: Fields): Failed {
  const code = failureCodes.find((one) => one === written);
  if (code === undefined) throw nonsense(`wrote a failed whose code is none of ${failureCodes.join(', ')}`);
  if (typeof reason !== 'string' || reason === '') throw nonsense('wrote a failed without a reason');
  return { type: 'failed', code, reason, hint: typeof hint === 'string' && hint !== '' ? hint : null };
}

const levels = ['error', 'warn', 'info', 'debug'] as const;

function readLog({ level: written = 'info', message }: Fields): LogMessage {
  const level = levels.find((one) => one === written);
  if (level === undefined) throw nonsense(`wrote a log whose level is none of ${levels.join(', ')}`);
  if (typeof message !== 'string') throw nonsense('wrote a log without a message');
  return { type: 'log', level, message };
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function excerpt(text: string): string {
  return text.length <= 200 ? text : `${text.slice(0, 200)}…`;
}
