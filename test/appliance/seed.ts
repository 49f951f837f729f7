import type { LazyRecord } from './records.ts';
import { outlineOf, type SeedOptions } from './seed-outline.ts';
import { seedPresentation } from './seed-presentation.ts';
import { seedSession } from './seed-session.ts';
import type { PresentationSpec, SessionSpec } from './spec.ts';

export type { SeedOptions } from './seed-outline.ts';

/** Sessions as varied as real ones. */
export function seedSessions(options: SeedOptions): readonly SessionSpec[] {
  return Array.from({ length: options.count }, (_, index) => seedSession(options, index));
}

/** The same sessions, each made only when a report shows it: for reports of a gigabyte. */
export function* lazySessions(options: SeedOptions): Generator<LazyRecord<SessionSpec>> {
  for (let index = 0; index < options.count; index += 1) {
    yield { ...outlineOf(options, index), make: () => seedSession(options, index) };
  }
}

/** Presentations between the same bounds, a tenth of them with a recording left out. */
export function seedPresentations(options: SeedOptions): readonly PresentationSpec[] {
  return Array.from({ length: options.count }, (_, index) => seedPresentation(options, index));
}
