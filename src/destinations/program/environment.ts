import type { ProgramConfig } from '../../config/configuration.ts';

/** Programs and their languages need these, whatever they hold. */
const indispensable =
  /^(PATH|PATHEXT|HOME|USER|USERNAME|LOGNAME|SHELL|LANG|LC_\w+|TZ|TMP|TEMP|TMPDIR|COMSPEC|SYSTEMROOT|SYSTEMDRIVE|WINDIR|USERPROFILE|(LOCAL)?APPDATA|PROGRAM(FILES|DATA|W6432))$/i;

/**
 * The environment that a plugin gets: this process's, without the secrets that the configuration takes from there.
 * Everybody who may list processes may read a program's environment.
 */
export function pluginEnvironment(
  environment: NodeJS.ProcessEnv,
  { secrets, secretVariables }: Pick<ProgramConfig, 'secrets' | 'secretVariables'>,
): NodeJS.ProcessEnv {
  const values = new Set(secrets);
  // Windows does not care for the case of names.
  const names = new Set(['IC_KEY', ...secretVariables].map((name) => name.toUpperCase()));
  const kept = Object.entries(environment).filter(
    ([name, value]) =>
      indispensable.test(name) || !(names.has(name.toUpperCase()) || values.has(value ?? '')),
  );
  return { ...pythonHabits, ...Object.fromEntries(kept) };
}

/** Without these Python keeps answers back until it ends, and reads and writes Windows' old code pages. */
const pythonHabits = { PYTHONUNBUFFERED: '1', PYTHONIOENCODING: 'utf-8' } as const;
