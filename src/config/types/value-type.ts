/** What a key's text may be, and how it becomes a value. Parsers never see an empty text. */
export interface ValueType<T> {
  /** For the reference: `a duration`. */
  readonly name: string;
  /** What of it is allowed, for the reference: `1m to 7d`. */
  readonly range?: string;
  /** Throws `InvalidValue`. */
  parse(text: string, place: Place): T;
}

export interface Place {
  /** What paths are relative to: the directory of the configuration. */
  readonly directory: string;
}

/**
 * A text that is no value of its type. `message` does not repeat the text, which may be a secret; `remedy` and
 * `nearest` may, and are left out where the text came from elsewhere than the file itself.
 */
export class InvalidValue extends Error {
  readonly remedy: string;
  readonly nearest: string | null;

  constructor(message: string, remedy: string, nearest: string | null = null) {
    super(message);
    this.name = 'InvalidValue';
    this.remedy = remedy;
    this.nearest = nearest;
  }
}
