import { LedgerError, MalformedError } from '../../consensus/errors.ts'
import { nearest } from './nearest.ts'
import { settings } from './setting.ts'
import { checkedValue, valueOfText } from './setting-value.ts'
import type { SettingName } from './settings.ts'
import { configVariable, passwordVariable, tokenVariable, variablePrefix, variableText } from './variables.ts'

const variables = [...settings.map(({ variable }) => variable), configVariable, passwordVariable, tokenVariable]

/**
 * What variables say. Paths are relative to the current
 * folder. Throws LedgerError `config` for a variable that sets nothing: it was meant to.
 */
export function readEnvironment(env: NodeJS.ProcessEnv): Map<SettingName, unknown> {
  for (const name of Object.keys(env)) if (name.startsWith(variablePrefix)) expectKnown(name)
  const values = new Map<SettingName, unknown>()
  for (const setting of settings) {
    const text = variableText(env, setting.variable)
    if (text !== undefined) values.set(setting.name, readOne(setting, text))
  }
  return values
}

function readOne(setting: (typeof settings)[number], text: string): unknown {
  try {
    return checkedValue(setting, valueOfText(setting, text), setting.variable, process.cwd())
  } catch (error) {
    if (!(error instanceof MalformedError)) throw error
    throw new LedgerError('config', error.message, error.facts, 'correct that variable of the environment')
  }
}

function expectKnown(name: string): void {
  if (variables.includes(name)) return
  throw new LedgerError('config', `${name}: no setting has this variable`, { name }, nearest(name, variables))
}
