import type { UnixSeconds } from '../platform/clock.ts';
import { IcError } from '../platform/errors.ts';
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

async function askForTimestamp(client: SiteClient, signal: AbortSignal): Promise<void> {
  const info = await readApiInfo(client, signal).catch((error: unknown) => {
    if (error instanceof IcError && error.code === 'not-understood') return null;
    throw error;
  });
  client.applianceClock.observe(info?.timestamp ?? null);
}
