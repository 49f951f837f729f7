import { nonsense } from './fault.ts';
import type { Exchange } from './plugin.ts';
import type { PluginMessage, Ready } from './protocol.ts';
import { type Greeting, helloLine } from './write-message.ts';

/** `hello`, which is answered by `ready`. */
export function hello(greeting: Greeting): Exchange<Ready> {
  return { before: 'before it was ready', pieces: helloLine(greeting), take: takeReady };
}

function takeReady(message: PluginMessage): Ready {
  if (message.type === 'ready') return message;
  throw nonsense(`wrote a ${message.type} before it was ready`);
}
