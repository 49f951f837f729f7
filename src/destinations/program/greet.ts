import { Fault, nonsense } from './fault.ts';
import type { Exchange } from './plugin.ts';
import { type PluginMessage, protocolVersion, type Ready } from './protocol.ts';
import { type Greeting, helloLine } from './write-message.ts';

/** `hello`, which is answered by `ready`. */
export function hello(greeting: Greeting): Exchange<Ready> {
  return { before: 'before it was ready', pieces: helloLine(greeting), take: takeReady };
}

function takeReady(message: PluginMessage): Ready {
  if (message.type !== 'ready') throw nonsense(`wrote a ${message.type} before it was ready`);
  if (message.protocol === protocolVersion) return message;
  throw new Fault(
    `speaks version ${message.protocol} of the protocol, and ic speaks version ${protocolVersion}`,
    'Install a version of the program that goes with this version of ic.',
    'configuration',
  );
}
