import fc from 'fast-check';
import { startOf } from '../arbitrary-settings.ts';
import {
  type DestinationSettings,
  type Kind,
  layouts,
  type Settings,
  withDestination,
  withTransfer,
} from '../settings.ts';
import { type PlannableStep, pick, step } from '../step.ts';
import { movePlace } from '../store.ts';
import type { World } from '../world.ts';

const which = fc.nat(3);

/** A change of the configuration that may be impossible: then it is null. */
function change<Parameters>(
  name: string,
  parameters: fc.Arbitrary<Parameters>,
  changed: (world: World, parameters: Parameters) => Settings | null,
): PlannableStep {
  return step({
    name,
    weight: 1,
    parameters,
    take(world, given) {
      const settings = changed(world, given);
      if (settings === null) return false;
      world.configure(settings);
      return true;
    },
  });
}

const renameTransfer = change(
  'a transfer is renamed',
  fc.record({ which }),
  ({ settings, nextName }, { which: at }) =>
    withTransfer(settings, at % settings.transfers.length, { name: nextName('t') }),
);

const renameSite = change('a site is renamed', fc.constant(null), ({ settings, nextName }) => ({
  ...settings,
  site: nextName('site'),
}));

const renameHost = change('a site’s host is renamed', fc.constant(null), ({ settings }) => ({
  ...settings,
  host: settings.host === 'address' ? 'localhost' : 'address',
}));

const renameDestination = change('a destination is renamed', fc.record({ which }), (world, { which: at }) => {
  const { settings } = world;
  const old = pick(settings.destinations, at);
  if (old === undefined) return null;
  const name = world.nextName('d');
  if (world.acquainted.delete(old.name)) world.acquainted.add(name);
  const transfers = settings.transfers.map((one) =>
    one.destination === old.name ? { ...one, destination: name } : one,
  );
  const renamed = withDestination(settings, at % settings.destinations.length, { name });
  return { ...renamed, transfers };
});

/** With everything that lies in it. */
const moveDestination = change(
  'a destination’s place is moved',
  fc.record({ which }),
  (world, { which: at }) => {
    const { settings } = world;
    const old = pick(settings.destinations, at);
    if (old === undefined) return null;
    const moved: DestinationSettings = { ...old, place: `${old.place}-${world.nextNumber()}` };
    const changed = withDestination(settings, at % settings.destinations.length, moved);
    const from = world.place(old.name);
    world.configure(changed);
    movePlace(from, world.place(old.name));
    return changed;
  },
);

const addOrRemoveKind = change(
  'a kind is added or removed',
  fc.record({
    which,
    kind: fc.constantFrom<Kind>('sessions', 'session-recordings', 'command-shell-recordings'),
  }),
  ({ settings }, { which: at, kind }) => {
    const transfer = pick(settings.transfers, at);
    const destination = settings.destinations.find(({ name }) => name === transfer?.destination);
    if (transfer === undefined || destination?.type !== 'file-system') return null;
    const kinds = transfer.kinds.includes(kind)
      ? transfer.kinds.filter((one) => one !== kind)
      : [...transfer.kinds, kind];
    if (kinds.length === 0) return null;
    return withTransfer(settings, at % settings.transfers.length, { kinds });
  },
);

const changeStart = change(
  'a transfer’s start is changed',
  fc.record({ which, daysAgo: fc.constantFrom(1, 10, 30, 90) }),
  ({ settings }, { which: at, daysAgo }) =>
    withTransfer(settings, at % settings.transfers.length, { start: startOf(daysAgo) }),
);

const changeLayout = change(
  'file names are changed',
  fc.record({ which, layout: fc.constantFrom(...(Object.keys(layouts) as (keyof typeof layouts)[])) }),
  ({ settings }, { which: at, layout }) => filesOnly(settings, at, { layout, keepsOldContents: true }),
);

const changeOnConflict = change(
  'on_conflict is changed',
  fc.record({ which, onConflict: fc.constantFrom('append-number' as const, 'overwrite' as const) }),
  ({ settings }, { which: at, onConflict }) =>
    filesOnly(settings, at, { onConflict, keepsOldContents: true }),
);

const changeFormat = change(
  'the format of recordings is changed',
  fc.record({ which, format: fc.constantFrom('mp4' as const, null) }),
  ({ settings }, { which: at, format }) => filesOnly(settings, at, { format }),
);

/** A second one of the same site, into the same destination, with a start of its own. */
const addTransfer = change(
  'a second transfer is added',
  fc.record({ daysAgo: fc.constantFrom(1, 10, 30, 90) }),
  ({ settings, nextName }, { daysAgo }) => {
    const [first] = settings.transfers;
    if (first === undefined || settings.transfers.length > 1) return null;
    const second = { ...first, name: nextName('t'), start: startOf(daysAgo) };
    return { ...settings, transfers: [first, second] };
  },
);

const removeTransfer = change(
  'a transfer is removed',
  fc.record({ which }),
  ({ settings }, { which: at }) => {
    if (settings.transfers.length < 2) return null;
    const gone = at % settings.transfers.length;
    return { ...settings, transfers: settings.transfers.filter((_, index) => index !== gone) };
  },
);

export const configurationSteps: readonly PlannableStep[] = [
  renameTransfer,
  renameSite,
  renameHost,
  renameDestination,
  moveDestination,
  addOrRemoveKind,
  changeStart,
  changeLayout,
  changeOnConflict,
  changeFormat,
  addTransfer,
  removeTransfer,
];

function filesOnly(settings: Settings, at: number, keys: Partial<DestinationSettings>): Settings | null {
  if (pick(settings.destinations, at)?.type !== 'file-system') return null;
  return withDestination(settings, at % settings.destinations.length, keys);
}
