import { InvalidValue, type ValueType } from './value-type.ts';

const secondsIn: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** A duration within bounds, as whole seconds. `min` and `max` are durations as people write them. */
export function duration(min: string, max: string): ValueType<number> {
  const [least, most] = [parseDuration(min) ?? 0, parseDuration(max) ?? Infinity];
  return {
    name: 'a duration',
    range: `${min} to ${max}`,
    parse: (value) => {
      const seconds = parseDuration(value);
      const bounds = `Write a duration from ${min} to ${max}.`;
      if (seconds === null) throw notADuration(value);
      if (seconds < least) throw new InvalidValue(`is shorter than ${min}`, bounds);
      if (seconds > most) throw new InvalidValue(`is longer than ${max}`, bounds);
      return seconds;
    },
  };
}

/** `30s`, `15m`, `2h`, `7d` or a bare `0`, as seconds; null for anything else. */
export function parseDuration(value: string): number | null {
  if (value === '0') return 0;
  const [, count, unit] = /^(\d+)([smhd])$/.exec(value) ?? [];
  return count === undefined ? null : Number(count) * (secondsIn[unit ?? ''] ?? Number.NaN);
}

function notADuration(value: string): InvalidValue {
  const [, count, unit] = /^(\d+)\s*([a-z]*)$/i.exec(value) ?? [];
  const examples = 'Write a whole number and a unit, as in 30s, 15m, 2h or 7d.';
  if (count === undefined) return new InvalidValue('is not a duration', examples);
  if (!unit) return new InvalidValue('has no unit', `Write ${count}s, ${count}m, ${count}h or ${count}d.`);
  const meant = /^w/i.test(unit) ? `${Number(count) * 7}d` : `${count}${unit.slice(0, 1).toLowerCase()}`;
  if (parseDuration(meant) === null || /^mo/i.test(unit))
    return new InvalidValue('has no known unit', examples);
  return new InvalidValue('is not a duration as ic writes it', `Write ${meant}.`, meant);
}

const bytesIn: Readonly<Record<string, number>> = {
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
};

/** A size, as bytes: `10MB` is 10,000,000 and `2GiB` is 2,147,483,648. */
export const size: ValueType<number> = {
  name: 'a size',
  range: '1kB and more',
  parse: (value) => parseSize(value, ''),
};

/** What one record may have: V8's texts end at 512 MiB. */
const largestRecord = 500_000_000;

/** The size of a record, as bytes. */
export const recordSize: ValueType<number> = {
  name: 'a size',
  range: '1kB to 500MB',
  parse: (value) => {
    const bytes = parseSize(value, '');
    if (bytes > largestRecord) throw new InvalidValue('is more than 500MB', 'Write a size up to 500MB.');
    return bytes;
  },
};

/** A rate, as bytes per second. */
export const rate: ValueType<number> = {
  name: 'a rate per second',
  range: '1kB and more',
  parse: (value) => parseSize(value.replace(/\/s$/, ''), ' (per second)'),
};

function parseSize(value: string, remark: string): number {
  const [, count = '', unit = ''] = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(value) ?? [];
  const bytes = Math.round(Number(count) * (bytesIn[unit.toLowerCase()] ?? Number.NaN));
  const examples = `Write a number and a unit, as in 500kB, 10MB or 2GiB${remark}.`;
  if (count !== '' && unit === '') throw new InvalidValue('has no unit', examples);
  if (/^[KMGT]b(it)?/.test(unit)) throw new InvalidValue('counts bits', `Bytes are meant. ${examples}`);
  if (count === '' || Number.isNaN(bytes)) throw new InvalidValue('is not a size', examples);
  if (bytes < 1000) throw new InvalidValue('is less than 1kB', examples);
  return bytes;
}

/** `02:30`, as minutes after midnight. */
export const timeOfDay: ValueType<number> = {
  name: 'a time of day',
  range: '00:00 to 23:59',
  parse: (value) => {
    const [, hours, minutes] = /^(\d{1,2}):(\d{2})$/.exec(value) ?? [];
    if (hours === undefined || Number(hours) > 23 || Number(minutes) > 59) {
      throw new InvalidValue('is not a time of day', 'Write hours and minutes, as in 02:30 or 14:00.');
    }
    return Number(hours) * 60 + Number(minutes);
  },
};
