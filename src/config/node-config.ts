import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { LedgerError, MalformedError } from '../../consensus/errors.ts'

export const logLevels = ['debug', 'info', 'warn', 'error', 'silent'] as const
export type LogLevel = (typeof logLevels)[number]

/** How one node is run. Paths are absolute. */
export interface NodeConfig {
  /** Data folder. */
  readonly data: string
  /** File of the genesis block; needed where the data folder is new. */
  readonly genesis?: string
  /** Key files. Without a vote key the node doesn't vote. */
  readonly peerKey?: string
  readonly voteKey?: string
  /** Key file of the account that reports offences of validators. */
  readonly accountKey?: string
  /** Multiaddrs. */
  readonly listen: readonly string[]
  readonly announce?: readonly string[]
  readonly bootstrap: readonly string[]
  /** TCP address of the API; null: only the socket in the data folder. */
  readonly api: HostPort | null
  readonly log: LogLevel
  /** Makes fault injection available, for testnets. */
  readonly faults?: { readonly seed: number }
}

export interface HostPort {
  readonly host: string
  readonly port: number
}

export const p2pPort = 8649
export const apiPort = 8650

export const defaultConfig: Omit<NodeConfig, 'data'> = {
  listen: [`/ip4/0.0.0.0/tcp/${p2pPort}`],
  bootstrap: [],
  api: { host: '127.0.0.1', port: apiPort },
  log: 'info',
}

type Fields = Readonly<Record<string, unknown>>
/** Reads one field; `folder` is what paths are relative to. */
type Reader = (value: unknown, field: string, folder: string) => unknown

const readers: { readonly [K in keyof Required<NodeConfig>]: Reader } = {
  data: path,
  genesis: path,
  peerKey: path,
  voteKey: path,
  accountKey: path,
  listen: texts,
  announce: texts,
  bootstrap: texts,
  api: (value, field) => (value === null ? null : hostPort(value, field)),
  log: value => parseLogLevel(value),
  faults: (value, field) => ({ seed: count(fieldsOf(value, field).seed, `${field}.seed`, Number.MAX_SAFE_INTEGER) }),
}

/** What a config file (JSON) says; paths in it are relative to its folder. Throws LedgerError naming the field. */
export async function readConfig(file: string): Promise<Partial<NodeConfig>> {
  const text = await readFile(file, 'utf8').catch((error: Error) => {
    throw new LedgerError('config', `can't read the config: ${error.message}`, { file })
  })
  try {
    return parseConfig(text, dirname(resolve(file)))
  } catch (error) {
    if (!(error instanceof MalformedError)) throw error
    throw new LedgerError('config', `${file}: ${error.message}`, error.facts, 'correct that field')
  }
}

function parseConfig(text: string, folder: string): Partial<NodeConfig> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new MalformedError('config', 'JSON', (error as Error).message)
  }
  const config: Record<string, unknown> = {}
  for (const [field, given] of Object.entries(fieldsOf(value, 'config'))) {
    const read = Object.hasOwn(readers, field) ? readers[field as keyof NodeConfig] : undefined
    if (read === undefined) throw new MalformedError(field, `one of ${Object.keys(readers).join(', ')}`, given)
    config[field] = read(given, field, folder)
  }
  return config as Partial<NodeConfig>
}

export function parseLogLevel(value: unknown): LogLevel {
  if (!logLevels.includes(value as LogLevel)) throw new MalformedError('log', logLevels.join(', '), value)
  return value as LogLevel
}

/** `HOST:PORT`, or `none`. */
export function parseApi(text: string): HostPort | null {
  if (text === 'none') return null
  const match = /^(?:\[([0-9a-fA-F:]+)\]|([^:]+)):(\d{1,5})$/.exec(text)
  if (match === null) throw new MalformedError('api', 'HOST:PORT or none', text)
  return hostPort({ host: match[1] ?? match[2], port: Number(match[3]) }, 'api')
}

function hostPort(value: unknown, field: string): HostPort {
  const { host, port } = fieldsOf(value, field)
  if (typeof host !== 'string' || host === '') throw new MalformedError(`${field}.host`, 'a host', host)
  return { host, port: count(port, `${field}.port`, 65_535) }
}

function path(value: unknown, field: string, folder: string): string {
  if (typeof value !== 'string' || value === '') throw new MalformedError(field, 'a path', value)
  return resolve(folder, value)
}

function texts(value: unknown, field: string): readonly string[] {
  if (!Array.isArray(value) || !value.every(item => typeof item === 'string'))
    throw new MalformedError(field, 'a list of texts', value)
  return value
}

function count(value: unknown, field: string, max: number): number {
  if (!Number.isInteger(value) || (value as number) < 0 || (value as number) > max) {
    throw new MalformedError(field, `an integer from 0 to ${max}`, value)
  }
  return value as number
}

function fieldsOf(value: unknown, field: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new MalformedError(field, 'an object', value)
  return value as Fields
}
