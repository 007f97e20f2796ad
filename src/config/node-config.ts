import { MalformedError } from '../../consensus/errors.ts'
import { readConfigFile } from './config-file.ts'
import { defaultData } from './default-data.ts'
import { readEnvironment } from './environment.ts'
import { type Setting, settings } from './setting.ts'
import { checkedValue, valueOfText } from './setting-value.ts'
import type { SettingName, Settings } from './settings.ts'
import { configVariable, variableText } from './variables.ts'

export interface HostPort {
  readonly host: string
  readonly port: number
}

type Plain = Omit<Settings, 'api'>
type ReadonlyList<T> = T extends readonly (infer Item)[] ? readonly Item[] : T

/** How one node is run. Paths are absolute. */
export type NodeConfig = { readonly [K in keyof Plain]: ReadonlyList<Plain[K]> } & {
  /** TCP address of the API; null: only the socket in the data folder. */
  readonly api: HostPort | null
}

/** Where a value comes from: the flag, the variable, the file's path. */
export type Origin =
  | { readonly from: 'flag' | 'variable' | 'file'; readonly name: string }
  | { readonly from: 'default'; readonly name: null }

/** A setting with its value in the form that a file would have; undefined where it has none. */
export interface SettingInForce {
  readonly setting: Setting
  readonly value: unknown
  readonly origin: Origin
}

export interface ConfigSources {
  /** By the names of the settings, texts as they were given. */
  readonly flags: Readonly<Partial<Record<SettingName, string | readonly string[]>>>
  /** Path of the config file, as a flag. */
  readonly file?: string
  readonly env: NodeJS.ProcessEnv
}

/**
 * Flags win over the environment, that over the file, that over the default. Throws MalformedError for a flag, LedgerError `config`
 * for the others, naming what is wrong.
 */
export async function settingsInForce({ flags, file: given, env }: ConfigSources): Promise<SettingInForce[]> {
  const inFlags = readFlags(flags)
  const inEnvironment = readEnvironment(env)
  const file = given ?? variableText(env, configVariable)
  const inFile = file === undefined ? new Map<SettingName, unknown>() : await readConfigFile(file)
  return settings.map(setting => {
    const { name, flag, variable } = setting
    if (inFlags.has(name)) return { setting, value: inFlags.get(name), origin: { from: 'flag', name: flag } }
    if (inEnvironment.has(name))
      return { setting, value: inEnvironment.get(name), origin: { from: 'variable', name: variable } }
    if (inFile.has(name)) return { setting, value: inFile.get(name), origin: { from: 'file', name: file! } }
    return { setting, value: defaultOf(setting, env), origin: { from: 'default', name: null } }
  })
}

export function configOf(inForce: readonly SettingInForce[]): NodeConfig {
  const given = inForce.filter(({ value }) => value !== undefined)
  const values = Object.fromEntries(given.map(({ setting, value }) => [setting.name, value])) as unknown as Settings
  return { ...values, api: values.api === 'none' ? null : hostPort(values.api) }
}

export async function readConfig(sources: ConfigSources): Promise<NodeConfig> {
  return configOf(await settingsInForce(sources))
}

function readFlags(flags: ConfigSources['flags']): Map<SettingName, unknown> {
  const values = new Map<SettingName, unknown>()
  for (const setting of settings) {
    const given = flags[setting.name]
    if (given === undefined) continue
    values.set(setting.name, checkedValue(setting, valueOfText(setting, given), setting.flag, process.cwd()))
  }
  return values
}

function defaultOf({ name, schema }: Setting, env: NodeJS.ProcessEnv): unknown {
  return name === 'data' ? defaultData(env) : schema.default
}

/** `HOST:PORT`, an IPv6 address in brackets. */
function hostPort(text: string): HostPort {
  const match = /^(?:\[(.+)\]|(.+)):(\d+)$/.exec(text)
  if (match === null) throw new MalformedError('api', 'HOST:PORT or none', text)
  return { host: match[1] ?? match[2]!, port: Number(match[3]) }
}
