import type { Socket } from 'node:net';

/** Types of messages that a client sends. */
export const messageTypes = {
  batch: 0x01,
  rpc: 0x03,
  attention: 0x06,
  bulk: 0x07,
  transaction: 0x0e,
  login: 0x10,
  prelogin: 0x12,
} as const;

export interface Message {
  readonly type: number;
  readonly payload: Buffer;
}

const headerLength = 8;
const endOfMessage = 0x01;

/** The messages of a client, each put together from its packets. Ends with the connection. */
export async function* readMessages(socket: Socket): AsyncGenerator<Message> {
  let pending = Buffer.alloc(0);
  let parts: Buffer[] = [];
  for await (const chunk of socket) {
    pending = Buffer.concat([pending, chunk as Buffer]);
    while (pending.length >= headerLength && pending.length >= pending.readUInt16BE(2)) {
      const length = pending.readUInt16BE(2);
      const packet = pending.subarray(0, length);
      pending = pending.subarray(length);
      parts.push(packet.subarray(headerLength));
      if (((packet[1] ?? 0) & endOfMessage) === 0) continue;
      yield { type: packet[0] ?? 0, payload: Buffer.concat(parts) };
      parts = [];
    }
  }
}

const reply = 0x04;
const packetSize = 4096;

/** Sends an answer, in as many packets as it takes. */
export function sendReply(socket: Socket, payload: Buffer): void {
  for (let from = 0, id = 1; from === 0 || from < payload.length; id += 1) {
    const body = payload.subarray(from, from + packetSize - headerLength);
    from += packetSize - headerLength;
    const header = Buffer.from([reply, from >= payload.length ? endOfMessage : 0, 0, 0, 0, 0, id % 256, 0]);
    header.writeUInt16BE(body.length + headerLength, 2);
    socket.write(Buffer.concat([header, body]));
  }
}
