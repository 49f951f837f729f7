import { isKind, type Kind, kinds } from '../platform/kinds.ts';
import { nearest } from './nearest.ts';

/** What a section's name says that it is. */
export type SectionName =
  | { readonly family: 'site' | 'destination' | 'transfer'; readonly name: string }
  | { readonly family: 'kind'; readonly name: string; readonly kind: Kind }
  | { readonly family: SingleSection };

export type SingleSection = (typeof single)[number];

/** Why a section's name is none. */
export interface BadName {
  readonly message: string;
  readonly remedy: string;
  readonly nearest: string | null;
}

const single = ['state', 'log', 'notify', 'notify.mail', 'notify.webhook', 'notify.ping', 'metrics'] as const;
const named = ['site', 'destination', 'transfer'] as const;

export function readSectionName(text: string): SectionName | BadName {
  const alone = single.find((name) => name === text);
  if (alone) return { family: alone };
  const [first = '', name, ...rest] = text.split('.');
  const family = named.find((known) => known === first);
  if (!family) return unknown(text, first);
  if (name === undefined || name === '')
    return bad(`has no name`, `Write [${family}.NAME], with a name of your choice.`);
  if (!/^[A-Za-z0-9_-]+$/.test(name))
    return bad('has a name with other signs', 'Use letters (a to z), digits, - and _.');
  if (rest.length === 0) return { family, name };
  return family === 'destination' && rest.length === 1
    ? kindSection(name, rest[0] ?? '')
    : bad('has a period in its name', 'Use letters (a to z), digits, - and _.');
}

function kindSection(name: string, kind: string): SectionName | BadName {
  if (isKind(kind)) return { family: 'kind', name, kind };
  const close = nearest(kind, kinds);
  const meant = close === null ? '' : `Did you mean [destination.${name}.${close}]? `;
  return bad(
    `is for an unknown kind`,
    `${meant}Kinds are ${kinds.join(', ')}.`,
    close && `destination.${name}.${close}`,
  );
}

function unknown(text: string, first: string): BadName {
  const family = nearest(first, named);
  const close =
    nearest(text, single) ?? (family === null ? null : [family, ...text.split('.').slice(1)].join('.'));
  const known = [...named.map((name) => `${name}.NAME`), ...single].map((name) => `[${name}]`).join(', ');
  return bad(
    'is not a section that ic knows',
    close ? `Did you mean [${close}]?` : `Sections are ${known}.`,
    close,
  );
}

function bad(message: string, remedy: string, close: string | null = null): BadName {
  return { message, remedy, nearest: close };
}
