import type { Kind } from '../platform/kinds.ts';

export interface ReplayRequest {
  /** `-` is standard input. */
  readonly files: readonly string[];
  /** Null: only show what the files hold. */
  readonly destination: string | null;
  readonly site: string | null;
  readonly host: string | null;
  readonly kinds: readonly Kind[];
  /** Nobody said which kinds: they are the usual ones. */
  readonly usualKinds: boolean;
}
