import { splitList } from './plain.ts';
import { InvalidValue, type ValueType } from './value-type.ts';

export const mailAddress: ValueType<string> = {
  name: 'a mail address',
  parse: (value) => checked(value),
};

export const mailAddresses: ValueType<readonly string[]> = {
  name: 'mail addresses, comma separated',
  parse: (value) => splitList(value).map(checked),
};

/** `name@host` or `Name <name@host>`. Control characters could smuggle in a header. */
function checked(value: string): string {
  if (
    /^(?:[^<>\x00-\x1f\x7f]*<[^\s<>@,;]+@[^\s<>@,;]+>|[^\s<>@,;\x00-\x1f\x7f]+@[^\s<>@,;\x00-\x1f\x7f]+)$/.test(
      value,
    )
  ) {
    return value;
  }
  throw new InvalidValue('is not a mail address', 'Write name@example.com or Name <name@example.com>.');
}
