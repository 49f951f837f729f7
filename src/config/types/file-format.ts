import { InvalidValue, type ValueType } from './value-type.ts';

/** The name of a media format, as it goes into a request. */
export const fileFormat: ValueType<string> = {
  name: 'a format',
  parse: (value) => {
    if (/^[a-z0-9_-]+$/i.test(value)) return value;
    throw new InvalidValue('is not the name of a format', 'Write it without a period, as in mp4.');
  },
};
