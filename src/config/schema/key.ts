import type { ValueType } from '../types/value-type.ts';

/** All that is known of a key: how it is read, what it means, and how it shows in the reference and the example. */
export interface KeySpec<V> {
  readonly type: ValueType<V>;
  readonly presence: 'required' | 'defaulted' | 'optional';
  /** As people would write it; null where an empty key means that there is no value. */
  readonly fallback: string | null;
  /** An empty value means none, though a missing key means the default. */
  readonly emptyIsNone: boolean;
  readonly secret: SecretSpec | null;
  /** One to three sentences. */
  readonly help: string;
  /** Overrides what the reference says of the default, or of when the key is required. */
  readonly note: string | null;
  /** A value for the example. */
  readonly example: string | null;
}

export type Keys = Readonly<Record<string, KeySpec<unknown>>>;

/** What the keys of a section become. */
export type Values<K extends Keys> = { readonly [N in keyof K]: K[N] extends KeySpec<infer V> ? V : never };

/** What of a value is secret. */
export interface SecretSpec {
  /** The secret parts of a value, in whatever form it has been written. */
  readonly parts: (text: string) => readonly string[];
  /** Whether the value is left out of messages even when no part of it is known to be secret. */
  readonly hidden: boolean;
}

interface Details {
  readonly secret?: SecretSpec;
  readonly note?: string;
  readonly example?: string;
}

export function required<T>(type: ValueType<T>, help: string, details: Details = {}): KeySpec<T> {
  return { ...common(help, details), type, presence: 'required', fallback: null };
}

export function defaulted<T>(
  type: ValueType<T>,
  fallback: string,
  help: string,
  details: Details = {},
): KeySpec<T> {
  return { ...common(help, details), type, presence: 'defaulted', fallback };
}

export function optional<T>(type: ValueType<T>, help: string, details: Details = {}): KeySpec<T | null> {
  return { ...common(help, details), type, presence: 'optional', fallback: null };
}

/** Has a default that an empty value switches off. */
export function switchable<T>(type: ValueType<T>, fallback: string, help: string): KeySpec<T | null> {
  return { ...common(help, {}), type, presence: 'defaulted', fallback, emptyIsNone: true };
}

function common(help: string, { secret, note, example }: Details) {
  return { emptyIsNone: false, secret: secret ?? null, help, note: note ?? null, example: example ?? null };
}
