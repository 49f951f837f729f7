import { check } from './check.ts';
import type { Command } from './command.ts';
import { completion } from './completion.ts';
import { init } from './init.ts';
import { log } from './log.ts';
import { notifyTest } from './notify.ts';
import { pull } from './pull.ts';
import { replay } from './replay.ts';
import { scheduleCron, scheduleSystemd, scheduleWindows } from './schedule.ts';
import { secretEncrypt, secretRotate } from './secret.ts';
import { stateForget, stateRename, stateRewind, stateShow } from './state.ts';
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
  stateRename,
  verify,
  log,
  scheduleCron,
  scheduleSystemd,
  scheduleWindows,
  init,
  secretEncrypt,
  secretRotate,
  notifyTest,
  completion,
];
