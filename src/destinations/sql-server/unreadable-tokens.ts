import type { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';

/** What of tedious is touched here. It has no public place for this. */
interface Connection {
  readonly socket?: Socket | undefined;
  createTokenStreamParser(message: unknown, handler: object): TokenParser;
}

/** Emits `end`. `parser` is the stream of tokens, each of which is handed to the handler's method of its name. */
interface TokenParser extends EventEmitter {
  readonly parser: EventEmitter;
}

/**
 * The driver has no listener for the errors of its token parser, and none for what its handlers throw: bytes that it
 * cannot read (a token of unknown type, a challenge that is too short), or that it does not expect, would end the
 * process. With this they fail the connection, as its loss does.
 */
export function failOnUnreadableTokens(driverConnection: object): void {
  const connection = driverConnection as Connection;
  const create = connection.createTokenStreamParser;
  connection.createTokenStreamParser = (message, handler) => {
    let hasFailed = false;
    const fail = (cause: unknown): void => {
      if (hasFailed) return;
      hasFailed = true;
      const error = new UnreadableToken(cause);
      // While it logs in, the driver waits for the parser; later it waits for the socket alone.
      if (tokens.listenerCount('error') > 0) tokens.emit('error', error);
      else connection.socket?.destroy(error);
    };
    const tokens = create.call(connection, message, catching(handler, fail));
    tokens.parser.on('error', fail);
    return tokens;
  };
}

/** The same methods, which throw nothing. */
function catching(handler: object, fail: (thrown: unknown) => void): object {
  return new Proxy(handler, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key, target);
      if (typeof value !== 'function') return value;
      return (...values: unknown[]): unknown => {
        try {
          return value.apply(target, values);
        } catch (thrown) {
          return fail(thrown);
        }
      };
    },
  });
}

class UnreadableToken extends Error {
  /** The driver's code for a connection that is lost. */
  readonly code = 'ESOCKET';

  constructor(cause: unknown) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    super(`the server sent what the driver cannot read (${reason})`, { cause });
    this.name = 'UnreadableToken';
  }
}
