import { Socket } from 'node:net';

/* Loaded before ic: once a socket is connected to STRAY_PORT, something throws where nobody waits for it. */
const connect = Socket.prototype.connect;
Socket.prototype.connect = function (...values) {
  const [first] = values;
  const { port } = Array.isArray(first) ? first[0] : first;
  if (String(port) === process.env.STRAY_PORT) {
    setTimeout(() => {
      throw new Error('a defect of the driver');
    }, 1);
  }
  return Reflect.apply(connect, this, values);
};
