import { connect, type Socket } from 'node:net';

/** What the driver hands to its connector, also after it has looked up an instance or was redirected. */
interface Target {
  readonly host: string;
  readonly port: number;
}

/**
 * Opens the driver's sockets, with TCP_NODELAY: without it every request of more than one packet waits about 40 ms
 * for an acknowledgement. Several addresses are tried in turn; with `multiSubnetFailover` almost at once, since all
 * but one of an availability group's listener are silent.
 */
export function connectorFor(multiSubnetFailover: boolean) {
  return (target: Target, _lookup: unknown, signal: AbortSignal): Promise<Socket> =>
    new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const socket = connect({
        ...target,
        noDelay: true,
        autoSelectFamily: true,
        autoSelectFamilyAttemptTimeout: multiSubnetFailover ? 50 : 3_000,
      });
      const settle = (): void => {
        signal.removeEventListener('abort', abandon);
        socket.off('error', fail).off('connect', succeed);
      };
      const abandon = (): void => {
        settle();
        socket.destroy();
        reject(signal.reason);
      };
      const fail = (error: Error): void => {
        settle();
        reject(error);
      };
      const succeed = (): void => {
        settle();
        resolve(socket);
      };
      signal.addEventListener('abort', abandon, { once: true });
      socket.once('error', fail).once('connect', succeed);
    });
}
