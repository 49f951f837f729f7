import { createHash } from 'node:crypto';
import type { ConnectionSettings } from './connection-settings.ts';
import { isSignInRefused } from './server-errors.ts';

/** How the first sign-in of this process ended, by server, database, user and password: null, or its refusal. */
const firsts = new Map<string, Promise<unknown>>();

/**
 * Signs in by `connect`. A password that was refused is not tried again in this process, and not at the same time: many
 * servers lock an account after a few failures, and many transfers may have one server.
 */
export async function signIn<T>(settings: ConnectionSettings, connect: () => Promise<T>): Promise<T> {
  const key = keyOf(settings);
  const first = firsts.get(key);
  if (first === undefined) return signInFirst(key, connect);
  const refusal = await first;
  if (refusal !== null) throw refusal;
  // Where the first never reached the server, the next one is the first.
  return firsts.has(key) ? connect() : signIn(settings, connect);
}

async function signInFirst<T>(key: string, connect: () => Promise<T>): Promise<T> {
  const { promise, resolve } = Promise.withResolvers<unknown>();
  firsts.set(key, promise);
  try {
    const client = await connect();
    resolve(null);
    return client;
  } catch (error) {
    const isRefused = isSignInRefused(error);
    if (!isRefused) firsts.delete(key);
    resolve(isRefused ? error : null);
    throw error;
  }
}

function keyOf({ server, database, domain, user, password }: ConnectionSettings): string {
  const text = JSON.stringify([server, database.toLowerCase(), domain, user, password]);
  return createHash('sha256').update(text).digest('hex');
}
