/** Programs and their languages need these, whatever they hold. */
const indispensable =
  /^(PATH|PATHEXT|HOME|USER|USERNAME|LOGNAME|SHELL|LANG|LC_\w+|TZ|TMP|TEMP|TMPDIR|COMSPEC|SYSTEMROOT|SYSTEMDRIVE|WINDIR|USERPROFILE|(LOCAL)?APPDATA|PROGRAM\w*)$/i;

/**
 * The environment that a plugin gets: this process's, without the secrets that the configuration takes from there.
 * Everybody who may list processes may read a program's environment.
 */
export function pluginEnvironment(
  environment: NodeJS.ProcessEnv,
  secrets: readonly string[],
): NodeJS.ProcessEnv {
  const hidden = new Set(secrets);
  const kept = Object.entries(environment).filter(
    ([name, value]) => indispensable.test(name) || !(name === 'IC_KEY' || hidden.has(value ?? '')),
  );
  return { ...pythonHabits, ...Object.fromEntries(kept) };
}

/** Without these Python keeps answers back until it ends, and reads and writes Windows' old code pages. */
const pythonHabits = { PYTHONUNBUFFERED: '1', PYTHONIOENCODING: 'utf-8' } as const;
