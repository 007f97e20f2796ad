import { type SettingName, settingsSchema } from './settings.ts'
import { variablePrefix } from './variables.ts'

/** One setting, and what it is called where. */
export interface Setting {
  /** Its field in a config file. */
  readonly name: SettingName
  /** `--vote-key` */
  readonly flag: string
  /** `OPENLEDGER_VOTE_KEY` */
  readonly variable: string
  readonly schema: SettingSchema
}

/** What the schema of one setting may say. */
export interface SettingSchema {
  readonly type: string
  readonly kind: 'path' | 'multiaddrs' | 'networks' | 'integer' | 'choice' | 'address' | 'cid'
  readonly placeholder: string
  readonly description: string
  readonly default?: unknown
  readonly enum?: readonly string[]
  readonly minimum?: number
  readonly maximum?: number
}

/** In the order in which people read of them. */
export const settings: readonly Setting[] = Object.entries(settingsSchema.properties).map(([name, schema]) => {
  const words = name.replaceAll(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)
  return {
    name: name as SettingName,
    flag: `--${words}`,
    variable: variablePrefix + words.toUpperCase().replaceAll('-', '_'),
    schema,
  }
})

/** What a value should have been, for people. */
export function expectation({ schema }: Setting): string {
  const { kind, minimum, maximum } = schema
  switch (kind) {
    case 'path':
      return 'a path'
    case 'multiaddrs':
      return 'a list of multiaddrs'
    case 'networks':
      return 'a list of IP addresses or networks like 10.0.0.0/8'
    case 'integer':
      return maximum === Number.MAX_SAFE_INTEGER
        ? `an integer from ${minimum}`
        : `an integer from ${minimum} to ${maximum}`
    case 'choice':
      return choices(schema.enum!)
    case 'address':
      return 'HOST:PORT or none'
    case 'cid':
      return 'the CID of a genesis or checkpoint, like bafyrei…'
  }
}

export function choices(names: readonly string[]): string {
  return names.length < 2 ? names.join() : `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`
}
