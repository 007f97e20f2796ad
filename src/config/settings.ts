import type { XStatic } from 'typebox/schema'

export const logLevels = ['debug', 'info', 'warn', 'error', 'silent'] as const
export type LogLevel = (typeof logLevels)[number]
/** `auto` is `pretty` where a person reads along, on a terminal. */
export const logFormats = ['auto', 'json', 'pretty'] as const
export type LogFormat = (typeof logFormats)[number]

export const p2pPort = 8649
export const apiPort = 8650

const path = { type: 'string', minLength: 1, kind: 'path' } as const
const addrs = { type: 'array', items: { type: 'string', minLength: 1 }, kind: 'multiaddrs' } as const

/**
 * Every setting of a node, in JSON Schema: the flags of `start`, the variables, the fields of the file, their types, their checks
 * and docs/configuration.md all come from here. It's written out, not built with TypeBox's builder: only its types are needed to
 * know the flags, and commands that only ask shall not wait for the rest. What has no `default` may be absent.
 * Own keywords: `kind` (how a text is read), `placeholder` and `description` (for people).
 */
export const settingsSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['data', 'listen', 'bootstrap', 'peersTarget', 'sync', 'api', 'apiProxies', 'log', 'logFormat'],
  properties: {
    data: {
      ...path,
      placeholder: 'dir',
      description: 'data folder; made where it is missing',
      default: '~/.local/share/openledger, or openledger in $XDG_DATA_HOME',
    },
    genesis: {
      ...path,
      placeholder: 'file',
      description: 'genesis block of the network to join; without one a new folder begins a network of its own',
    },
    voteKey: {
      ...path,
      placeholder: 'file',
      description: "vote key of a validator; without one the node doesn't vote",
    },
    accountKey: {
      ...path,
      placeholder: 'file',
      description: 'key of the account that reports offences of validators; without one none are reported',
    },
    peerKey: {
      ...path,
      placeholder: 'file',
      description: 'key that names the node; made in the data folder where none is given',
    },
    passwordFile: {
      ...path,
      placeholder: 'file',
      description: 'file whose first line is the password of the keys; else the variable OPENLEDGER_PASSWORD',
    },
    listen: {
      ...addrs,
      placeholder: 'addr',
      description: 'multiaddrs to listen on for peers',
      default: [`/ip4/0.0.0.0/tcp/${p2pPort}`],
    },
    announce: { ...addrs, placeholder: 'addr', description: 'multiaddrs to tell peers, where they differ' },
    bootstrap: {
      ...addrs,
      placeholder: 'addr',
      description: 'multiaddrs of nodes to begin with, each with /p2p/…',
      default: [],
    },
    peersTarget: {
      type: 'integer',
      minimum: 0,
      maximum: 64,
      kind: 'integer',
      placeholder: 'n',
      description: 'peers that the node looks for by itself; more may connect to it',
      default: 16,
    },
    sync: {
      type: 'string',
      enum: ['snapshot', 'full'],
      kind: 'choice',
      placeholder: 'how',
      description: 'how a new node joins: from a verified snapshot of the state, or by executing everything again',
      default: 'snapshot',
    },
    trust: {
      type: 'string',
      pattern: '^bafy[a-z2-7]{55}$',
      kind: 'cid',
      placeholder: 'cid',
      description:
        'genesis or checkpoint that you trust: a new node joins from there, and needs no genesis file; ask somebody you know for a recent one',
    },
    api: {
      type: 'string',
      pattern:
        '^(none|(\\[[0-9a-fA-F:]+\\]|[^:\\s[\\]]+):(\\d{1,4}|[1-5]\\d{4}|6[0-4]\\d{3}|65[0-4]\\d\\d|655[0-2]\\d|6553[0-5]))$',
      kind: 'address',
      placeholder: 'host:port',
      description: 'TCP address of the API and the explorer, or none: then only the socket in the data folder answers',
      default: `127.0.0.1:${apiPort}`,
    },
    apiProxies: {
      type: 'array',
      items: { type: 'string', minLength: 1 },
      kind: 'networks',
      placeholder: 'addr',
      description:
        'IP addresses or networks of the proxies before the API: from them alone x-forwarded-for is believed, so that limits count its users and not the proxy',
      default: [],
    },
    log: {
      type: 'string',
      enum: logLevels,
      kind: 'choice',
      placeholder: 'level',
      description: 'the least that is logged',
      default: 'info',
    },
    logFormat: {
      type: 'string',
      enum: logFormats,
      kind: 'choice',
      placeholder: 'format',
      description: 'form of the log on standard error; auto is pretty on a terminal, else one JSON object per line',
      default: 'auto',
    },
    faultsSeed: {
      type: 'integer',
      minimum: 0,
      maximum: Number.MAX_SAFE_INTEGER,
      kind: 'integer',
      placeholder: 'n',
      description: 'makes fault injection available, and decides what is lost: for testnets only',
    },
  },
} as const

export type SettingName = keyof (typeof settingsSchema)['properties']
/** As a config file says them, once they are complete. */
export type Settings = XStatic<typeof settingsSchema>
