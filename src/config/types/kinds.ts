import { isKind, type Kind, kinds } from '../../platform/kinds.ts';
import type { DestinationConfig } from '../configuration.ts';
import { nearest } from '../nearest.ts';
import { splitList } from './plain.ts';
import { InvalidValue, type ValueType } from './value-type.ts';

/** What each type of destination can hold. What a program takes, it says itself when it starts. */
export const kindsHeldBy: Readonly<Record<DestinationConfig['type'], readonly Kind[]>> = {
  'file-system': kinds,
  'sql-server': ['sessions', 'presentations'],
  sqlite: ['sessions', 'presentations'],
  program: kinds,
};

/** Kinds in their usual order, or `all` of what the destination can hold. */
export const kindList: ValueType<readonly Kind[] | 'all'> = {
  name: 'kinds, comma separated, or `all`',
  parse: parseKinds,
};

/** Takes what people write after `data =` and `--data`. Throws `InvalidValue`. */
export function parseKinds(value: string): readonly Kind[] | 'all' {
  const items = splitList(value).map((item) => item.toLowerCase());
  const unknown = items.find((item) => item !== 'all' && !isKind(item));
  if (unknown !== undefined) throw unknownKind(unknown);
  if (items.length === 0)
    throw new InvalidValue('names no kind', `Write all, or some of ${kinds.join(', ')}.`);
  return items.includes('all') ? 'all' : kinds.filter((kind) => items.includes(kind));
}

function unknownKind(name: string): InvalidValue {
  const close = nearest(name, kinds);
  const meant = close === null ? '' : `Did you mean ${close}? `;
  return new InvalidValue(
    'names an unknown kind',
    `${meant}Write all, or some of ${kinds.join(', ')}.`,
    close,
  );
}
