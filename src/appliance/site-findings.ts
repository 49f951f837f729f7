import type { Site } from '../config/configuration.ts';
import type { CheckResult } from '../platform/check-result.ts';
import { toIcError } from '../platform/errors.ts';

/** Makes the lines of a check; `from` turns whatever was thrown into one. */
export interface SiteFindings {
  ok(message: string): CheckResult;
  warning(message: string, hint: string): CheckResult;
  failure(error: unknown): CheckResult;
}

export function findingsOf({ name }: Site): SiteFindings {
  const line = { subject: 'site', name } as const;
  return {
    ok: (message) => ({ ...line, ok: true, message, hint: null }),
    warning: (message, hint) => ({ ...line, ok: true, warning: true, message, hint }),
    failure: (thrown) => {
      const error = toIcError(thrown);
      return { ...line, ok: false, message: error.message, hint: error.hint, error };
    },
  };
}
