import { homedir } from 'node:os'
import { isAbsolute, join } from 'node:path'
import { readConfigFile } from './config-file.ts'
import { configVariable } from './variables.ts'

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

/** The data folder that `start` takes of whoever gives no flag. Throws LedgerError `config` for a file that can't be read. */
export async function usualData(env: NodeJS.ProcessEnv): Promise<string> {
  if (env.OPENLEDGER_DATA) return env.OPENLEDGER_DATA
  const file = env[configVariable]
  const named = file ? (await readConfigFile(file)).get('data') : undefined
  return typeof named === 'string' ? named : defaultData(env)
}
