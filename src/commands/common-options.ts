import { exitCodes } from '../platform/errors.ts';
import type { OptionSpec } from './command.ts';

export const commonOptions: Readonly<Record<string, OptionSpec>> = {
  config: {
    type: 'string',
    alias: 'c',
    placeholder: 'FILE',
    describe: 'the configuration (default: $IC_CONFIG, ./ic.ini, then the system’s place)',
    completes: 'file',
  },
  'trust-owner': {
    type: 'strings',
    placeholder: 'UID',
    describe: 'take configuration, keys, secrets and plugins also from this user (or $IC_TRUST_OWNER)',
  },
  json: { type: 'boolean', describe: 'one JSON document on standard output, also on failure' },
  quiet: { type: 'boolean', alias: 'q', describe: 'print nothing on success' },
  verbose: { type: 'count', alias: 'v', describe: 'say more on standard error; twice for every request' },
  color: { type: 'boolean', describe: 'colours; --no-color or NO_COLOR turn them off' },
  help: { type: 'boolean', alias: 'h', describe: 'this help' },
  version: { type: 'boolean', describe: 'the version' },
};

/** What each exit code means, for help and manual. */
export const exitCodeMeanings: ReadonlyMap<number, string> = new Map([
  [0, 'everything due was done, also when there was nothing new'],
  [exitCodes.internal, 'internal error'],
  [exitCodes.usage, 'unknown command, flag or value'],
  [exitCodes.partial, 'partial: something is owed or failed'],
  [exitCodes.unreachable, 'the site or the destination cannot be reached'],
  [exitCodes.io, 'reading or writing failed'],
  [exitCodes.locked, 'another run holds the transfer; try later'],
  [exitCodes['not-understood'], 'the appliance’s answer is not understood, or an error'],
  [exitCodes.refused, 'credentials or permissions refused'],
  [exitCodes.configuration, 'configuration error'],
  [130, 'interrupted by Ctrl-C; what was acknowledged is kept'],
  [143, 'terminated; what was acknowledged is kept'],
]);
