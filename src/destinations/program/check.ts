import type { ProgramConfig } from '../../config/configuration.ts';
import { type IcError, toIcError } from '../../platform/errors.ts';
import type { Logger } from '../../platform/logger.ts';
import type { CheckResult } from '../destination.ts';
import { hello } from './greet.ts';
import { kindsRefused } from './kinds.ts';
import { Plugin } from './plugin.ts';
import type { ProgramContext } from './program-destination.ts';
import type { Ready } from './protocol.ts';

/** Starts the program, asks whether it could work, and says goodbye. What it logs as trouble is a finding. */
export async function* checkProgram(
  config: ProgramConfig,
  context: ProgramContext,
  signal: AbortSignal,
): AsyncGenerator<CheckResult> {
  const { name } = config;
  const remarks: string[] = [];
  try {
    const ready = await meet(config, { ...context, logger: listening(context.logger, remarks) }, signal);
    const error = kindsRefused(name, context, ready.kinds);
    yield error === null ? passed(name, ready) : failed(name, error);
  } catch (thrown) {
    signal.throwIfAborted();
    yield failed(name, toIcError(thrown));
  }
  for (const message of remarks) {
    yield { subject: 'destination', name, ok: true, warning: true, message, hint: null };
  }
}

async function meet(config: ProgramConfig, context: ProgramContext, signal: AbortSignal): Promise<Ready> {
  const { transfer, site, kinds } = context;
  const plugin = await Plugin.start(config, context);
  try {
    const { name: destination, settings: configuration } = config;
    return await plugin.ask(
      hello({ destination, transfer, site, kinds, check: true, configuration }),
      signal,
    );
  } finally {
    await plugin.close();
  }
}

function passed(name: string, { kinds, batch, recognises }: Ready): CheckResult {
  const known = recognises ? 'recognises what it has' : 'does not recognise what it has';
  const message = `The program is ready. It takes ${[...kinds].join(', ')}, ${batch.items} at once, and ${known}.`;
  return { subject: 'destination', name, ok: true, message, hint: null };
}

function failed(name: string, error: IcError): CheckResult {
  return { subject: 'destination', name, ok: false, message: error.message, hint: error.hint, error };
}

function listening(logger: Logger, remarks: string[]): Logger {
  const note = (message: string) => void remarks.push(message);
  return { ...logger, error: note, warn: note, with: (fields) => listening(logger.with(fields), remarks) };
}
