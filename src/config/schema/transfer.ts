import { kindList } from '../types/kinds.ts';
import { text } from '../types/plain.ts';
import { duration, timeOfDay } from '../types/quantities.ts';
import { start } from '../types/start.ts';
import { defaulted, optional, required } from './key.ts';

/** `[transfer.NAME]`: what goes from a site to a destination, and when. */
export const transferKeys = {
  site: required(text, 'The NAME of a `[site.NAME]`.', { example: 'hq' }),
  destination: required(text, 'The NAME of a `[destination.NAME]`.', { example: 'archive' }),
  data: required(
    kindList,
    'What to pull: `sessions`, `session-recordings`, `command-shell-recordings`, `show-my-screen-recordings`, `presentations`, `presentation-recordings`, `backups`; or `all` that the destination can hold.',
    { example: 'sessions, session-recordings' },
  ),
  start: defaulted(start, '30d', 'How far back the first pull reaches. A date is meant in UTC.'),
  every: defaulted(
    duration('1m', '7d'),
    '15m',
    'How often the transfer is due: what `ic pull --due`, `ic schedule` and `ic status` go by.',
  ),
  at: optional(
    timeOfDay,
    "The time of day at which it is due, in the machine's time zone, for an `every` in days.",
  ),
  overlap: defaulted(
    duration('0', '30d'),
    '1h',
    'How far behind the watermark each pull looks again, for sessions that the appliance reports late.',
  ),
  sweep: defaulted(
    duration('0', '365d'),
    '7d',
    'Once a day, look this far back for what the overlap cannot catch: sessions without an end, late and edited ones. 0: never.',
  ),
  settle: defaulted(
    duration('0', '1d'),
    '60s',
    "How far short of the appliance's own time a pull ends, so that it does not see a second while sessions are still ending in it.",
  ),
  abandon_open_after: defaulted(
    duration('1s', '365d'),
    '48h',
    'A session without an end for so long, counted from its start, is delivered as it is.',
  ),
  forget_abandoned_after: defaulted(
    duration('0', '3650d'),
    '90d',
    'How long a session that was delivered without an end goes on being asked for, until it has closed.',
  ),
  give_up_after: defaulted(
    duration('1s', '365d'),
    '14d',
    'How long a recording that cannot be had stays owed, before it is given up with an error.',
  ),
} as const;
