import { media } from './media.ts';
import { Random } from './random.ts';
import { seedEvents } from './seed-events.ts';
import { outlineOf, type SeedOptions, share } from './seed-outline.ts';
import { type Cast, seedCast } from './seed-people.ts';
import { seedStyle } from './seed-style.ts';
import { bytesPerRow } from './seed-system-information.ts';
import { externalKeys, publicSites } from './seed-texts.ts';
import type { CustomAttributeSpec, InstanceSpec, SessionSpec } from './spec.ts';
import { aSession } from './specimens.ts';

/** The session of the given number: the same one for the same options. */
export function seedSession(options: SeedOptions, index: number): SessionSpec {
  const outline = outlineOf(options, index);
  const { startTime, endTime } = outline;
  const random = new Random(options.seed ?? 1, index, 3);
  const cast = seedCast(random, (endTime ?? startTime) - startTime);
  const recordings = seedRecordings(options, random, index, endTime !== null);
  return aSession({
    ...outline,
    ...recordings,
    ...names(random, index),
    ...people(random, cast, index),
    events: seedEvents(random, cast, {
      startTime,
      endTime,
      shells: recordings.commandShellRecordings.length,
      showMyScreens: recordings.showMyScreenRecordings.length,
      length: random.pick([0, 2, 4, 8, 15]),
      systemInformationRows: rowsOf(options, random, index),
      forbidden: forbiddenText(options, index),
      survey: share(20, index, 9),
    }),
    style: seedStyle(random, index),
  });
}

function seedRecordings(
  { recorded = 40, seed = 1 }: SeedOptions,
  random: Random,
  index: number,
  closed: boolean,
): Pick<SessionSpec, 'recording' | 'commandShellRecordings' | 'showMyScreenRecordings'> {
  const file = (): InstanceSpec['media'] => {
    const format = random.pick(['mp4', 'mp4', 'mp4', 'flv', 'webm']);
    return media({
      format,
      size: random.between(300, 60_000),
      seed: seed * 1000 + random.between(0, 999),
      moov: random.pick(['first', 'last']),
    });
  };
  const some = (most: number): InstanceSpec[] =>
    Array.from({ length: random.between(1, most) }, (_, instance) => ({ instance, media: file() }));
  return {
    recording: closed && share(recorded, index, 6) ? file() : null,
    commandShellRecordings: closed && share(recorded / 4, index, 7) ? some(3) : [],
    showMyScreenRecordings: closed && share(recorded / 8, index, 8) ? some(2) : [],
  };
}

function names(random: Random, index: number): Partial<SessionSpec> {
  const group = random.pick(['none', 'absent', 'shared', 'personal', 'no-id']);
  return {
    lseq: String(48_000 + index - (index % 7 === 0 ? 1 : 0)),
    publicSite: share(10, index, 10) ? null : random.pick(publicSites),
    jumpoint: random.pick([null, { id: '-1', name: '' }, { id: '7', name: 'DC-West & Lab' }]),
    jumpGroup: {
      none: { id: '-1', name: '', type: 'shared' },
      absent: null,
      shared: { id: '5', name: 'Finance <EU>', type: 'shared' },
      personal: { id: '5', name: 'Ana “AJ” Peña', type: 'personal' },
      'no-id': { id: null, name: 'JG', type: 'shared' },
    }[group],
    externalKey: share(10, index, 11) ? null : random.pick(externalKeys),
    customAttributes: random.pick([
      null,
      [],
      [attribute('Kostenstelle', '4711-Ä'), attribute('Empty one', ''), attribute('Tier', 'Gold & 24x7')],
    ]),
    fileTransferCount: random.pick([null, '0', '3']),
    fileMoveCount: random.pick([null, '0', '1']),
    fileDeleteCount: random.pick([null, '0', '2']),
    unknown: share(10, index, 12)
      ? [{ name: 'future_element', attributes: { attr: 'x' }, text: 'for a later reader' }]
      : [],
    chat: !share(15, index, 13),
  };
}

function attribute(displayName: string, value: string): CustomAttributeSpec {
  return { displayName, codeName: displayName.toLowerCase().replaceAll(' ', '_'), value };
}

function people(random: Random, cast: Cast, index: number): Partial<SessionSpec> {
  const surveyed = share(20, index, 9);
  const [primaryTeam] = cast.teams.filter((team) => team.primary === '1');
  return {
    primaryCustomer: share(5, index, 14) ? null : cast.customerPerson,
    primaryRep: cast.repPerson,
    primaryTeam: primaryTeam && random.chance(0.7) ? { id: primaryTeam.id, name: primaryTeam.name } : null,
    customers: share(3, index, 15) ? null : [cast.customer],
    representatives: cast.representatives,
    teams: random.chance(0.2) ? null : cast.teams,
    customerSurveys: surveyed ? [cast.customerPerson] : null,
    repSurveys: surveyed && cast.repPerson ? [{ ...cast.repPerson, id: null }] : null,
  };
}

function rowsOf({ bytes = 0 }: SeedOptions, random: Random, index: number): number | null {
  const needed = Math.ceil(Math.max(0, bytes - 4000) / bytesPerRow);
  if (needed > 0) return needed;
  if (share(1, index, 16)) return random.between(2000, 4000);
  return share(30, index, 17) ? random.between(0, 12) : null;
}

/** U+DCxx stand for single bytes that are no UTF-8: see `encode`. */
function forbiddenText({ forbiddenCharacters, brokenUtf8 }: SeedOptions, index: number): string {
  if (!share(10, index, 18)) return '';
  return `${forbiddenCharacters ? '\u0001\u001b\u0008' : ''}${brokenUtf8 ? '\udcff\udce4' : ''}`;
}
