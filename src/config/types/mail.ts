import { InvalidValue, type ValueType } from './value-type.ts';

export const mailAddress: ValueType<string> = {
  name: 'a mail address',
  parse: (value) => checked(value),
};

export const mailAddresses: ValueType<readonly string[]> = {
  name: 'mail addresses, comma separated',
  parse: (value) => splitAddresses(value).map(checked),
};

/** A name in double quotes may hold a comma, and a quotation mark after a backslash. */
const quoted = String.raw`"(?:[^"\\\x00-\x1f\x7f]|\\[^\x00-\x1f\x7f])*"`;

const item = new RegExp(`(?:${quoted}|[^,])+`, 'g');

/** `name@host` or `Name <name@host>`. Control characters could smuggle in a header. */
const address = new RegExp(
  String.raw`^(?:(?:${quoted}|[^<>"\x00-\x1f\x7f])*<[^\s<>@,;"]+@[^\s<>@,;"]+>|[^\s<>@,;"\x00-\x1f\x7f]+@[^\s<>@,;"\x00-\x1f\x7f]+)$`,
);

function splitAddresses(value: string): readonly string[] {
  const items = Array.from(value.matchAll(item), ([text]) => text.trim());
  return items.filter((text) => text !== '');
}

function checked(value: string): string {
  if (address.test(value)) return value;
  const marks = value.replaceAll(new RegExp(quoted, 'g'), '');
  if (marks.includes('"')) {
    throw new InvalidValue(
      'has a quotation mark without its end',
      'Write "Name, with comma" <name@example.com>.',
    );
  }
  throw new InvalidValue(
    'is not a mail address',
    `Write name@example.com or Name <name@example.com>, and a name with a comma in double quotes; ${value} is none of these.`,
  );
}
