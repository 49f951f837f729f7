import type { Names } from './names.ts';

/** A record's bytes, and what the scanner wrote about them: see `field` for the tape. */
export interface Markup {
  readonly bytes: Buffer;
  readonly tape: Int32Array;
  readonly names: Names;
}
