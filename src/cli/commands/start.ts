import { resolve } from 'node:path'
import type { Command } from 'commander'
import { LedgerError } from '../../../consensus/errors.ts'
import {
  defaultConfig,
  type HostPort,
  type LogLevel,
  type NodeConfig,
  parseApi,
  parseLogLevel,
  readConfig,
} from '../../config/node-config.ts'
import { givenPassphrase } from '../../config/passphrase.ts'
import type { Daemon } from '../../daemon/daemon.ts'
import { hearSupervisor, tellSupervisor } from '../../daemon/supervision.ts'
import { addCommand, answers, parsedOption } from '../command.ts'
import { type Answer, type Output, UsageError } from '../output.ts'
import { firstSignal } from '../signals.ts'

interface StartOptions {
  readonly config?: string
  readonly data?: string
  readonly genesis?: string
  readonly voteKey?: string
  readonly accountKey?: string
  readonly peerKey?: string
  readonly listen?: readonly string[]
  readonly announce?: readonly string[]
  readonly bootstrap?: readonly string[]
  readonly api?: HostPort | typeof noApi
  readonly log?: LogLevel
  readonly passphraseFile?: string
}

/** Commander takes a parsed null for no value at all. */
const noApi = 'none'

/** A node ends within 10 s of SIGTERM: what hangs for longer is cut off. The store loses nothing by that. */
const stopMsMax = 9_000

export function startCommand(program: Command, output: Output): void {
  const command = addCommand(program, {
    name: 'start',
    does: 'run a node, until SIGINT or SIGTERM',
    examples: [
      'openledger start --data ./node    # a development network of its own',
      'openledger start --data ./node --genesis genesis.cbor --bootstrap /dns4/node.example.org/tcp/8649/p2p/12D3Koo…',
      'openledger start --config ./node/config.json',
    ],
  })
    .option('--config <file>', 'JSON with the same settings; flags win over it')
    .option('--data <dir>', 'data folder; made where it is missing')
    .option(
      '--genesis <file>',
      'genesis block of the network to join; without one a new folder begins a network of its own',
    )
    .option('--vote-key <file>', "vote key of a validator; without one the node doesn't vote")
    .option(
      '--account-key <file>',
      'key of the account that reports offences of validators; without one none are reported',
    )
    .option('--peer-key <file>', 'key that names the node; made in the data folder where none is given')
    .option('--listen <addr...>', `multiaddrs to listen on (default ${defaultConfig.listen.join(' ')})`)
    .option('--announce <addr...>', 'multiaddrs to tell others, where they differ')
    .option('--bootstrap <addr...>', 'multiaddrs of nodes to begin with')
    .addOption(
      parsedOption(
        '--api <host:port>',
        'TCP address of the API (default 127.0.0.1:8650), or none',
        text => parseApi(text) ?? noApi,
      ),
    )
    .addOption(parsedOption('--log <level>', 'debug, info, warn, error or silent (default info)', parseLogLevel))
    .option(
      '--passphrase-file <file>',
      'file whose first line is the passphrase of the keys; else OPENLEDGER_PASSPHRASE',
    )
  answers<StartOptions>(
    command,
    output,
    async (_, options) => await runNode(await configOf(options), options.passphraseFile),
  )
}

async function configOf(options: StartOptions): Promise<NodeConfig> {
  const { config: file, json: _, passphraseFile: __, ...flags } = options as StartOptions & { json?: boolean }
  const inFile = file === undefined ? {} : await readConfig(file)
  const paths = ['data', 'genesis', 'voteKey', 'accountKey', 'peerKey'] as const
  const given: Record<string, unknown> = { ...flags, ...(flags.api === noApi ? { api: null } : {}) }
  for (const name of paths) if (flags[name] !== undefined) given[name] = resolve(flags[name])
  const config = { ...defaultConfig, ...inFile, ...given }
  if (config.data === undefined) throw new UsageError('where? give --data DIR, or --config FILE with "data"')
  return config as NodeConfig
}

async function runNode(config: NodeConfig, passphraseFile: string | undefined): Promise<Answer> {
  const told = firstSignal()
  const passphrase = await givenPassphrase(passphraseFile === undefined ? {} : { file: passphraseFile })
  // Loading the network takes a while; commands that only ask shall not pay for it.
  const { startDaemon } = await import('../../daemon/daemon.ts')
  const daemon = await startDaemon(config, passphrase)
  const gone = new Promise<void>(resolveGone => hearSupervisor(({ faults }) => daemon.setFaults(faults), resolveGone))
  const { api, socket } = daemon
  await tellSupervisor({ type: 'ready', api, socket, status: await daemon.status() })
  const ended = await Promise.race([daemon.done.then(error => ({ error })), told, gone])
  const status = await daemon.status()
  await stopInTime(daemon)
  if (typeof ended === 'object' && ended.error !== undefined) throw ended.error
  await tellSupervisor({ type: 'ended', status })
  return { data: { epoch: status.epoch, checkpoint: status.checkpoint, halted: status.halted }, text: '' }
}

async function stopInTime(daemon: Daemon): Promise<void> {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(
    () => late.reject(new LedgerError('stop-slow', `the node took more than ${stopMsMax} ms to stop and was cut off`)),
    stopMsMax,
  )
  try {
    await Promise.race([daemon.stop(), late.promise])
  } finally {
    clearTimeout(timer)
  }
}
