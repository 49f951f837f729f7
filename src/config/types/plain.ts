import { nearest } from '../nearest.ts';
import { InvalidValue, type ValueType } from './value-type.ts';

export const text: ValueType<string> = { name: 'text', parse: (value) => value };

const yes = ['true', 'yes', 'on'];
const no = ['false', 'no', 'off'];

export const boolean: ValueType<boolean> = {
  name: 'true or false',
  parse: (value) => {
    if (yes.includes(value.toLowerCase())) return true;
    if (no.includes(value.toLowerCase())) return false;
    throw new InvalidValue('is neither true nor false', 'Write true or false (yes, no, on, off do as well).');
  },
};

export function integer(min: number, max: number): ValueType<number> {
  return {
    name: 'a whole number',
    range: `${min} to ${max}`,
    parse: (value) => {
      if (!/^\d+$/.test(value)) throw new InvalidValue('is not a whole number', between(min, max));
      return within(Number(value), min, max);
    },
  };
}

export function decimal(min: number, max: number): ValueType<number> {
  return {
    name: 'a number',
    range: `${min} to ${max}`,
    parse: (value) => {
      if (!/^\d+(\.\d+)?$/.test(value)) throw new InvalidValue('is not a number', between(min, max));
      return within(Number(value), min, max);
    },
  };
}

function within(value: number, min: number, max: number): number {
  if (value < min) throw new InvalidValue(`is less than ${min}`, between(min, max));
  if (value > max) throw new InvalidValue(`is more than ${max}`, between(min, max));
  return value;
}

function between(min: number, max: number): string {
  return `Write a number from ${min} to ${max}.`;
}

/** One of a few words, in any case. */
export function choice<const T extends string>(options: readonly T[]): ValueType<T> {
  return { name: anyOf(options), parse: (value) => choose(value, options) };
}

/** Some of a few words, separated by commas. */
export function choices<const T extends string>(options: readonly T[]): ValueType<readonly T[]> {
  return {
    name: `any of ${options.map((option) => `\`${option}\``).join(', ')}, comma separated`,
    parse: (value) => [...new Set(splitList(value).map((item) => choose(item, options)))],
  };
}

function choose<T extends string>(value: string, options: readonly T[]): T {
  const found = options.find((option) => option === value.toLowerCase());
  if (found !== undefined) return found;
  const close = nearest(value, options);
  const meant = close === null ? '' : `Did you mean ${close}? `;
  throw new InvalidValue('is not known here', `${meant}Write ${options.join(', ')}.`, close);
}

function anyOf(options: readonly string[]): string {
  const quoted = options.map((option) => `\`${option}\``);
  return [quoted.slice(0, -1).join(', '), quoted.at(-1)].filter(Boolean).join(' or ');
}

/** The items of a list separated by commas, without blanks and empty ones. */
export function splitList(value: string): string[] {
  return value
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}
