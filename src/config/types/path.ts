import { resolve } from 'node:path';
import { InvalidValue, type ValueType } from './value-type.ts';

/** A path, made absolute; it need not exist. */
export const path: ValueType<string> = {
  name: 'a path',
  parse: (value, { directory }) => {
    if (/^~(?:[/\\]|$)/.test(value)) {
      throw new InvalidValue(
        'begins with ~',
        'Write the whole path: which home directory ~ means depends on who runs ic.',
      );
    }
    return resolve(directory, value);
  },
};
