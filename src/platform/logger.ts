/** Where a part of `ic` says what it does. Messages never hold a secret; the sink removes known ones all the same. */
export interface Logger {
  error(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  debug(message: string, fields?: LogFields): void;
  /** A logger whose lines carry these fields too, such as the transfer. */
  with(fields: LogFields): Logger;
}

export type LogFields = Readonly<Record<string, string | number | boolean | null>>;

/** Says nothing: for library use and for tests. */
export const silentLogger: Logger = {
  error: () => {},
  warn: () => {},
  info: () => {},
  debug: () => {},
  with: () => silentLogger,
};
