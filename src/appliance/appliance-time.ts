import type { UnixSeconds } from '../platform/clock.ts';
import { IcError } from '../platform/errors.ts';
import { saysNoSignIn } from './answers.ts';
import { readApiInfo } from './api-info.ts';
import type { SiteClient } from './site-client.ts';

/** The appliance's present time, never later than it really is there; asks when no answer has told it yet. */
export async function applianceTime(client: SiteClient, signal: AbortSignal): Promise<UnixSeconds> {
  if (client.applianceClock.now() === null) await ask(client, signal);
  const now = client.applianceClock.now();
  if (now !== null) return Math.floor(now);
  throw new IcError('not-understood', `${client.site.host} does not tell its time.`, {
    hint: 'Its answers need a Date header, or the account read-only permission for the command API.',
  });
}

/** The present time by `get_api_info`, asked for once; null where the appliance does not answer it with a time. */
export async function applianceTimestamp(
  client: SiteClient,
  signal: AbortSignal,
): Promise<UnixSeconds | null> {
  if (client.applianceClock.timestamp() === null) {
    await askForTimestamp(client, signal).catch((error: unknown) => {
      signal.throwIfAborted();
      client.logger.debug(`get_api_info does not tell the time of ${client.site.host}: ${String(error)}`);
    });
  }
  const time = client.applianceClock.timestamp();
  return time === null ? null : Math.floor(time);
}

/** Every answer tells the time: that to the sign-in, which is needed anyway, or else the cheapest. */
async function ask(client: SiteClient, signal: AbortSignal): Promise<void> {
  await client.signIn(signal);
  if (client.applianceClock.now() === null) await askForHealth(client, signal);
  if (client.applianceClock.now() === null) await askForTimestamp(client, signal);
}

/** What it says of its health does not matter. */
async function askForHealth(client: SiteClient, signal: AbortSignal): Promise<void> {
  const url = new URL('/check_health', client.origin);
  const answer = await client.callUnsigned({ what: 'the time', url, anyStatus: true }, signal);
  answer.body.discard();
}

/** An account without the command API still reads reports; one whose sign-in is refused does not. */
async function askForTimestamp(client: SiteClient, signal: AbortSignal): Promise<void> {
  const info = await readApiInfo(client, signal).catch((error: unknown) => {
    if (error instanceof IcError && error.code === 'not-understood') return null;
    if (error instanceof IcError && error.code === 'refused' && !saysNoSignIn(error)) return null;
    throw error;
  });
  client.applianceClock.observeTimestamp(info?.timestamp ?? null);
}
