import type { LogLevel } from '../../src/config/configuration.ts';
import type { LogFields, Logger } from '../../src/platform/logger.ts';

export interface LoggedLine {
  readonly level: LogLevel;
  readonly message: string;
  readonly fields: LogFields;
}

/** A logger that keeps what it is told. */
export function recordingLogger(): { readonly logger: Logger; readonly lines: readonly LoggedLine[] } {
  const lines: LoggedLine[] = [];
  const loggerWith = (common: LogFields): Logger => {
    const at =
      (level: LogLevel) =>
      (message: string, fields: LogFields = {}) =>
        void lines.push({ level, message, fields: { ...common, ...fields } });
    return {
      error: at('error'),
      warn: at('warn'),
      info: at('info'),
      debug: at('debug'),
      with: (fields) => loggerWith({ ...common, ...fields }),
    };
  };
  return { logger: loggerWith({}), lines };
}
