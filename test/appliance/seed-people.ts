import type { Random } from './random.ts';
import {
  companies,
  hostNames,
  issues,
  operatingSystems,
  personNames,
  teamNames,
  userNames,
} from './seed-texts.ts';
import type { AttendeeSpec, CustomerSpec, PersonSpec, RepresentativeSpec, TeamSpec } from './spec.ts';

/** The people of one session, and what identifies them in its events. */
export interface Cast {
  readonly customer: CustomerSpec;
  readonly customerPerson: PersonSpec;
  /** Nobody when the session was never taken. */
  readonly representatives: readonly RepresentativeSpec[];
  readonly repPerson: PersonSpec | null;
  readonly teams: readonly TeamSpec[];
}

export function seedCast(random: Random, seconds: number): Cast {
  const name = random.pick(personNames);
  const customer = seedCustomer(random, name);
  const reps = Array.from({ length: random.pick([0, 1, 1, 1, 1, 2, 3]) }, (_, index) =>
    seedRep(random, index, seconds),
  );
  const [first] = reps;
  return {
    customer,
    customerPerson: { gsnumber: customer.gsnumber, id: null, name: random.chance(0.05) ? '' : name },
    representatives: reps,
    repPerson: first ? { gsnumber: first.gsnumber, id: first.id, name: first.displayName ?? '' } : null,
    teams: seedTeams(random),
  };
}

export function seedAttendee(random: Random, gsnumber: number): AttendeeSpec {
  return {
    gsnumber: String(gsnumber),
    name: random.pick(personNames),
    publicIp: seedAddress(random),
    privateIp: seedPrivateAddress(random),
    hostname: random.chance(0.3) ? null : random.pick(hostNames),
    os: random.pick(operatingSystems),
  };
}

function seedRep(random: Random, index: number, seconds: number): RepresentativeSpec {
  const name = random.pick(personNames);
  const newer = random.chance(0.5);
  return {
    gsnumber: String(21 + index * 10),
    id: String(5 + index * 4),
    username: random.pick(userNames),
    displayName: name,
    publicDisplayName: newer ? (name.split(' ')[0] ?? name) : null,
    privateDisplayName: newer ? name : null,
    displayNumber: newer ? String(105 + index) : null,
    publicIp: seedAddress(random),
    privateIp: seedPrivateAddress(random),
    hostname: random.chance(0.3) ? null : random.pick(hostNames),
    os: random.pick(operatingSystems),
    owner: index === 0 ? '1' : '0',
    primary: newer ? (index === 0 ? '1' : '0') : null,
    secondsInvolved: String(random.between(0, seconds)),
    invited: index > 0 && random.chance(0.5) ? '1' : null,
  };
}

/** `address:port`; IPv6 in brackets; sometimes without a port, sometimes no address at all. */
function seedAddress(random: Random): string {
  const port = random.between(1024, 65_535);
  const hex = (): string => random.between(0, 65_535).toString(16);
  return random.pick([
    `198.51.100.${random.between(1, 254)}:${port}`,
    `203.0.113.${random.between(1, 254)}:${port}`,
    `[2001:db8:${hex()}::${hex()}:${hex()}]:${port}`,
    `[::ffff:192.0.2.${random.between(1, 254)}]:${port}`,
    `192.0.2.${random.between(1, 254)}`,
    `[2001:db8::${hex()}]`,
    'Unknown',
  ]);
}

function seedPrivateAddress(random: Random): string {
  return random.pick([
    `10.20.${random.between(0, 255)}.${random.between(1, 254)}`,
    '192.168.7.15',
    'fe80::1%eth0',
    'Unknown',
    '',
  ]);
}

function seedCustomer(random: Random, name: string): CustomerSpec {
  const newer = random.chance(0.6);
  return {
    gsnumber: String(random.between(18, 99)),
    username: random.pick(userNames),
    publicIp: seedAddress(random),
    privateIp: seedPrivateAddress(random),
    hostname: random.chance(0.2) ? null : random.pick(hostNames),
    os: random.pick(operatingSystems),
    primary: newer ? '1' : null,
    rpatSupport: newer ? random.pick(['0', '1']) : null,
    info: newer
      ? {
          name: random.pick([name, '']),
          company: random.pick(companies),
          companyCode: random.pick(['C-"77"', '', '-1']),
          issueId: random.pick([null, '14']),
          issue: random.pick(issues),
          details: random.pick(['', 'Drucker druckt <nur> leere Seiten & blinkt.\nSiehe \\\\fs01\\share']),
        }
      : null,
  };
}

function seedTeams(random: Random): readonly TeamSpec[] {
  const count = random.between(1, teamNames.length);
  return teamNames
    .slice(0, count)
    .map((team, index) => ({ ...team, primary: index === count - 1 ? '1' : '0' }));
}
