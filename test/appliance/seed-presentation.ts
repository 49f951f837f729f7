import { media } from './media.ts';
import { Random } from './random.ts';
import { seedEvents } from './seed-events.ts';
import { outlineOf, type SeedOptions, share } from './seed-outline.ts';
import { seedAttendee, seedCast } from './seed-people.ts';
import { seedStyle } from './seed-style.ts';
import { externalKeys, publicSites } from './seed-texts.ts';
import type { PresentationSpec } from './spec.ts';
import { aPresentation } from './specimens.ts';

/** The presentation of the given number: the same one for the same options. */
export function seedPresentation(options: SeedOptions, index: number): PresentationSpec {
  const outline = outlineOf({ ...options, seed: (options.seed ?? 1) + 0x5000 }, index);
  const random = new Random(options.seed ?? 1, index, 4);
  const cast = seedCast(random, 600);
  const { startTime, endTime } = outline;
  return aPresentation({
    ...outline,
    lseq: String(900 + index),
    publicSite: random.pick(publicSites),
    name: random.pick(['Quarterly review & “Ausblick” 2025', 'Stand-up', '四半期レビュー', '']),
    externalKey: random.pick(externalKeys),
    recording:
      endTime !== null && !share(10, index, 1)
        ? media({ size: random.between(300, 60_000), seed: random.between(1, 999) })
        : null,
    representatives: cast.representatives,
    primaryRep: cast.repPerson,
    attendees: Array.from({ length: random.between(0, 5) }, (_, at) => seedAttendee(random, 51 + at)),
    events: seedEvents(random, cast, { ...quietPlot, startTime, endTime, length: random.between(0, 6) }),
    style: seedStyle(random, index),
  });
}

/** A presentation has no shells, no system information and no surveys. */
const quietPlot = {
  shells: 0,
  showMyScreens: 0,
  systemInformationRows: null,
  forbidden: '',
  survey: false,
} as const;
