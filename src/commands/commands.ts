import { check } from './check.ts';
import type { Command } from './command.ts';
import { log } from './log.ts';
import { pull } from './pull.ts';
import { replay } from './replay.ts';
import { stateForget, stateRewind, stateShow } from './state.ts';
import { status } from './status.ts';
import { verify } from './verify.ts';

/** Every command, in the order of the help. */
export const commands: readonly Command[] = [
  pull,
  replay,
  check,
  status,
  stateShow,
  stateRewind,
  stateForget,
  verify,
  log,
];
