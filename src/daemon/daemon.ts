import { mkdir, readFile } from 'node:fs/promises'
import { LedgerError } from '../../consensus/errors.ts'
import type { Faults } from '../../network/faults.ts'
import type { NodeStatus } from '../api/node-view.ts'
import { type Api, startApi } from '../api/server.ts'
import type { NodeConfig } from '../config/node-config.ts'
import { LiveView } from '../node/live-view.ts'
import { Node } from '../node/node.ts'
import { LedgerView } from '../query/ledger-view.ts'
import { programVersion } from '../version.ts'
import { developmentAccount, developmentConfig } from './development.ts'
import { standardErrorLog } from './log.ts'
import { nodeSeeds } from './node-keys.ts'

/** A node with its API, as the operator runs it. */
export interface Daemon {
  /** Of its API; null where only the socket is served. */
  readonly api: string | null
  readonly socket: string
  /** What writing over TCP needs. */
  readonly token: string
  status(): Promise<NodeStatus>
  /** Switches network faults on a testnet. */
  setFaults(faults: Faults): void
  /** Settles when the node ends by itself: undefined where it was told to, else why. */
  readonly done: Promise<Error | undefined>
  stop(): Promise<void>
}

/** Starts a node and then its API; stops them in reverse. */
export async function startDaemon(given: NodeConfig, passphrase: string | undefined): Promise<Daemon> {
  const log = standardErrorLog(given.log)
  await mkdir(given.data, { recursive: true, mode: 0o700 })
  const development = await developmentConfig(given)
  const config = development ?? given
  const genesis = config.genesis === undefined ? undefined : await readGenesis(config.genesis)
  const node = await Node.start({
    dir: config.data,
    ...(genesis === undefined ? {} : { genesis }),
    ...(await nodeSeeds(config, passphrase)),
    listen: config.listen,
    ...(config.announce === undefined ? {} : { announce: config.announce }),
    bootstrap: config.bootstrap,
    agent: `openledger/${programVersion}`,
    log,
    ...(config.faults === undefined ? {} : { faults: config.faults }),
  })
  const view = new LiveView(node, new LedgerView(node.store), programVersion)
  let api: Api
  try {
    const onError = (error: unknown) =>
      log.error({ error: error instanceof Error ? error.stack : error }, 'an answer failed')
    const tcp = config.api === null ? {} : { tcp: config.api }
    api = await startApi({ view, light: node.light, data: config.data, ...tcp, onError })
  } catch (error) {
    await node.stop()
    throw error
  }
  if (development !== undefined) {
    const account = developmentAccount(config.data)
    log.info({ chain: `${node.chain}`, account }, 'a development network of its own, with one funded account')
  }
  log.info({ api: api.url, token: api.token, socket: api.socket, addrs: node.network.addrs() }, 'the node is up')
  return {
    api: api.url,
    socket: api.socket,
    token: api.token,
    status: () => view.status(),
    setFaults: faults => node.network.faults?.set(faults),
    done: node.done,
    stop: async () => {
      await api.stop()
      await node.stop()
      log.info({}, 'the node has stopped')
    },
  }
}

async function readGenesis(path: string): Promise<Uint8Array> {
  try {
    return new Uint8Array(await readFile(path))
  } catch (error) {
    throw new LedgerError(
      'genesis-missing',
      `can't read the genesis: ${(error as Error).message}`,
      { path },
      'pass --genesis FILE',
    )
  }
}
