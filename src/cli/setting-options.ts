import type { Command } from 'commander'
import { MalformedError } from '../../consensus/errors.ts'
import type { NodeConfig, SettingInForce } from '../config/node-config.ts'
import { type Setting, settings } from '../config/setting.ts'
import type { SettingName } from '../config/settings.ts'
import { UsageError } from './output.ts'

/** Options as commander parses them: those of the settings are named like them. */
export type SettingOptions = Readonly<Partial<Record<SettingName, string | readonly string[]>>> & {
  readonly config?: string
}

/** A flag for the config file and one for each setting, or for those that are named. */
export function settingOptions(command: Command, names?: readonly SettingName[]): Command {
  command.option('--config <file>', 'JSON with the same settings; flags and the environment win over it')
  for (const setting of settings) {
    const { name, flag, schema } = setting
    if (names !== undefined && !names.includes(name)) continue
    const value = schema.type === 'array' ? `<${schema.placeholder}...>` : `<${schema.placeholder}>`
    command.option(`${flag} ${value}`, optionHelp(setting))
  }
  return command
}

/** Every setting with its value and origin. Throws UsageError for a flag, LedgerError `config` for another source. */
export async function settingsOf(options: SettingOptions): Promise<SettingInForce[]> {
  const { settingsInForce } = await import('../config/node-config.ts')
  const { config: file, ...flags } = options
  try {
    return await settingsInForce({ flags, env: process.env, ...(file === undefined ? {} : { file }) })
  } catch (error) {
    if (!(error instanceof MalformedError)) throw error
    throw new UsageError(error.message, 'openledger start --help shows what each setting takes')
  }
}

/** How a node is to be run. Throws like `settingsOf`. */
export async function nodeConfigOf(options: SettingOptions): Promise<NodeConfig> {
  const { configOf } = await import('../config/node-config.ts')
  return configOf(await settingsOf(options))
}

function optionHelp({ schema }: Setting): string {
  const { description, default: value, kind } = schema
  const alternatives = kind === 'choice' ? `: ${schema.enum!.join(', ')}` : ''
  const text = Array.isArray(value) ? value.join(' ') : value
  return `${description}${alternatives}${text === undefined || text === '' ? '' : ` (default ${text})`}`
}
