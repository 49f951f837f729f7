import { IcError } from '../../platform/errors.ts';
import type { Kind } from '../../platform/kinds.ts';

/** What is wrong when a plugin does not take all that a transfer brings; null when it does. */
export function kindsRefused(
  destination: string,
  { transfer, kinds }: { readonly transfer: string; readonly kinds: readonly Kind[] },
  taken: ReadonlySet<Kind>,
): IcError | null {
  const refused = kinds.filter((kind) => !taken.has(kind));
  if (refused.length === 0) return null;
  const left = kinds.filter((kind) => taken.has(kind));
  const wanted = (left.length > 0 ? left : [...taken]).join(', ');
  const message = `The program of destination ${destination} does not take ${refused.join(', ')}, which ${transfer} brings.`;
  return new IcError('configuration', message, {
    hint: `Write data = ${wanted} in [transfer.${transfer}], or --data '${wanted}'.`,
  });
}
