import type { Kind } from '../../platform/kinds.ts';

/** The version of the protocol in docs/plugins.md. A change that a plugin would not survive raises it. */
export const protocolVersion = 1;

/** Longest line, in bytes, that a plugin may write; the lines that it reads have no limit. */
export const longestLine = 1024 ** 2;

/** What a plugin says, one JSON object a line. */
export type PluginMessage = Ready | Committed | Refused | Failed | LogMessage;

/** Answers `hello`. */
export interface Ready {
  readonly type: 'ready';
  readonly kinds: ReadonlySet<Kind>;
  readonly batch: { readonly items: number; readonly bytes: number };
  readonly recognises: boolean;
}

/** Answers `commit`: every item of the batch that was not refused is durable. */
export interface Committed {
  readonly type: 'committed';
  readonly batch: number;
  /** What became of items that are not simply stored. */
  readonly items: readonly ItemResult[];
}

export interface ItemResult {
  readonly item: number;
  readonly status: 'stored' | 'updated' | 'unchanged' | 'skipped';
  /** Null: as many as the item has. */
  readonly bytes: number | null;
  readonly location: string | null;
}

/** This item cannot be stored, for a reason of its own. */
export interface Refused {
  readonly type: 'refused';
  readonly item: number;
  readonly reason: string;
}

/** The plugin cannot go on at all. */
export interface Failed {
  readonly type: 'failed';
  readonly code: 'unreachable' | 'io' | 'refused' | 'configuration';
  readonly reason: string;
  readonly hint: string | null;
}

export interface LogMessage {
  readonly type: 'log';
  readonly level: 'error' | 'warn' | 'info' | 'debug';
  readonly message: string;
}
