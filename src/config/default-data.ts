import { homedir } from 'node:os'
import { isAbsolute, join } from 'node:path'

/**
 * The data folder of whoever names none: one per user, wherever the shell stands, so that a second start finds the same node and
 * not a new network. `$XDG_DATA_HOME/openledger`, by default `~/.local/share/openledger`.
 */
export function defaultData(env: NodeJS.ProcessEnv): string {
  const given = env.XDG_DATA_HOME
  // The specification: a relative path is to be ignored.
  const base = given !== undefined && isAbsolute(given) ? given : join(homedir(), '.local', 'share')
  return join(base, 'openledger')
}

/** The data folder that `start` takes of whoever gives no flag and no file. */
export function usualData(env: NodeJS.ProcessEnv): string {
  return env.OPENLEDGER_DATA || defaultData(env)
}
