/** A document is not well-formed; `at` is the offset in what is at hand at which that showed. */
export class Malformed extends Error {
  readonly at: number;

  constructor(message: string, at: number) {
    super(message);
    this.name = 'Malformed';
    this.at = at;
  }
}

/** In place of an offset: the bytes end before the markup does. */
export const incomplete = -1;
