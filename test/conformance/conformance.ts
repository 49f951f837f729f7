import { describe, type TestContext } from 'node:test';
import type { Delivery, Destination } from '../../src/destinations/destination.ts';
import type { Kind, RecordKind } from '../../src/platform/kinds.ts';
import { fileTests } from './files.ts';
import { identityTests } from './identity.ts';
import { presentationTests } from './presentations.ts';
import { recordsTests, recoveryTests } from './records.ts';
import { sessionTests } from './sessions.ts';
import { refusalTests, troubleTests } from './trouble.ts';

/** A place to deliver to, new and empty for each test, and a way to see what it holds. */
export interface Place {
  /** A destination onto the place, not opened yet: each call is what a further run would make, of one transfer or another. */
  connect(names?: Names): Destination;
  /** Every copy of every record that the place holds, read without the destination's help. */
  held(kind: RecordKind): Promise<readonly HeldRecord[]>;
  /** Every stored file's content and kind; for destinations that hold files. */
  heldFiles?(kind: Kind): Promise<readonly Uint8Array[]>;
  /** Makes everything fail that a delivery needs, such as by taking the place away; undone by what it returns. */
  sabotage(): Promise<() => Promise<void>>;
  /** An item that this destination cannot store for a reason of its own, made so that it cannot; see `lacks`. */
  unstorable?(): Promise<Delivery>;
}

export interface Names {
  readonly transfer?: string;
  readonly site?: string;
}

export interface HeldRecord {
  readonly lsid: string;
  /** All that is held of this copy as text, in any notation that leaves letters, digits and emoji as they are. */
  readonly text: string;
}

export interface Traits {
  readonly kinds: readonly Kind[];
  /** What changed content does: takes the old copy's place, stands beside it, or is left out. */
  readonly onUpdate: 'replaces' | 'adds' | 'skips';
  /**
   * Duties that it does not have; all others are tried. `records`: it keeps none of what was delivered. `refusals`: there
   * is nothing that it cannot store.
   */
  readonly lacks?: readonly ('records' | 'refusals')[];
  /** Bytes of the largest session that is tried; 20 MB unless said otherwise. */
  readonly hugeBytes?: number;
}

export type MakePlace = (context: TestContext) => Promise<Place>;

/** The duties of every destination (see destination.ts), as tests. `makePlace` cleans up through the context. */
export function conformance(name: string, traits: Traits, makePlace: MakePlace): void {
  const { lacks = [] } = traits;
  describe(`${name} conforms`, { concurrency: true }, () => {
    if (traits.kinds.includes('sessions')) {
      sessionTests(traits, makePlace);
      troubleTests(makePlace);
      if (!lacks.includes('refusals')) refusalTests(makePlace);
      recordsTests(traits, makePlace);
      if (!lacks.includes('records')) {
        recoveryTests(traits, makePlace);
        identityTests(makePlace);
      }
    }
    if (traits.kinds.includes('presentations')) presentationTests(traits, makePlace);
    fileTests(traits, makePlace);
  });
}
