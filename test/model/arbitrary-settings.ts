import fc from 'fast-check';
import type { DestinationSettings, Kind, Settings } from './settings.ts';
import { beginning } from './world.ts';

const day = 86_400;

/** A start so many days before the histories begin, at the beginning of a day. */
export function startOf(daysAgo: number): number {
  return Math.floor(beginning / 1000 / day) * day - daysAgo * day;
}

const archive: fc.Arbitrary<DestinationSettings> = fc.record({
  name: fc.constant('archive'),
  type: fc.constant('file-system' as const),
  place: fc.constant('archive'),
  layout: fc.constantFrom('flat', 'folders', 'dated'),
  onConflict: fc.constant('append-number' as const),
  format: fc.constant(null),
  keepsOldContents: fc.constant(true),
});

const overwritten = archive.map((one) => ({
  ...one,
  onConflict: 'overwrite' as const,
  keepsOldContents: false,
}));

const database: fc.Arbitrary<DestinationSettings> = archive.map((one) => ({
  ...one,
  type: 'sqlite' as const,
  place: 'sessions.db',
  keepsOldContents: false,
}));

function settingsInto(
  destination: fc.Arbitrary<DestinationSettings>,
  kinds: readonly (readonly Kind[])[],
): fc.Arbitrary<Settings> {
  return fc
    .record({ destination, kinds: fc.constantFrom(...kinds), daysAgo: fc.constantFrom(2, 30, 60) })
    .map(({ destination, kinds, daysAgo }) => ({
      site: 'hq',
      host: 'address',
      destinations: [destination],
      transfers: [{ name: 't', destination: destination.name, kinds, start: startOf(daysAgo) }],
    }));
}

const all: readonly Kind[] = ['sessions', 'session-recordings', 'command-shell-recordings'];

/** One transfer into an archive of files. */
export const intoFiles = settingsInto(
  fc.oneof({ weight: 3, arbitrary: archive }, { weight: 1, arbitrary: overwritten }),
  [['sessions'], ['sessions', 'session-recordings'], all],
);

/** One transfer into a database. */
export const intoDatabase = settingsInto(database, [['sessions']]);

export const intoEither = fc.oneof(
  { weight: 3, arbitrary: intoFiles },
  { weight: 1, arbitrary: intoDatabase },
);
