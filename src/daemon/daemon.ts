import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Cid } from '../../consensus/cid.ts'
import { LedgerError } from '../../consensus/errors.ts'
import { decodeGenesis } from '../../consensus/genesis.ts'
import type { Faults } from '../../network/faults.ts'
import type { Log } from '../../network/log.ts'
import { peerKey } from '../../network/peer-key.ts'
import { ApiTally } from '../api/api-tally.ts'
import { explorerLink } from '../api/explorer-link.ts'
import type { NodeStatus } from '../api/node-view.ts'
import { type Api, startApi } from '../api/server.ts'
import { tokenFile } from '../api/token.ts'
import type { NodeConfig } from '../config/node-config.ts'
import { readExplorer, servedPage } from '../explorer-page.ts'
import { type JoinStep, joinText } from '../join/join-step.ts'
import { JoinTally } from '../join/join-tally.ts'
import { Instruments } from '../metrics/instruments.ts'
import { measureProcess } from '../metrics/metrics.ts'
import { startMetrics } from '../metrics/node-metrics.ts'
import { systemClock } from '../node/clock.ts'
import { LiveHead, stillAtStart } from '../node/live-head.ts'
import { LiveView } from '../node/live-view.ts'
import { Node } from '../node/node.ts'
import { openStore } from '../node/open-ledger.ts'
import { PeerClocks } from '../node/peer-clocks.ts'
import { StoredEconomy } from '../query/economy.ts'
import { LedgerView } from '../query/ledger-view.ts'
import { StoredPages } from '../query/stored-pages.ts'
import { makeFolder } from '../store/folder.ts'
import { programVersion } from '../version.ts'
import { developmentAccount, developmentConfig, isBegun } from './development.ts'
import { logEpoch } from './epoch-log.ts'
import { standardErrorLog } from './log.ts'
import { nodePassword, nodeSeeds } from './node-keys.ts'

/** A node with its API, as the operator runs it. */
export interface Daemon {
  /** Of its API; null where only the socket is served. */
  readonly api: string | null
  readonly socket: string
  /** What writing over TCP needs. */
  readonly token: string
  /** The data folder. */
  readonly data: string
  /** Key file of the funded account of a development network; null on another. */
  readonly account: string | null
  /** Puts into the log where everything is, for whom no terminal shows it. */
  logStart(): void
  status(): Promise<NodeStatus>
  /** Switches network faults on a testnet. */
  setFaults(faults: Faults): void
  /** Settles when the node ends by itself: undefined where it was told to, else why. */
  readonly done: Promise<Error | undefined>
  stop(): Promise<void>
}

/**
 * Starts a node. Its API says how far it is while it joins, and answers from the ledger then; all is stopped in reverse. `signal`
 * tells that the node is to end, and ends a start that waits for peers.
 */
export async function startDaemon(given: NodeConfig, signal?: AbortSignal): Promise<Daemon> {
  const password = await nodePassword(given)
  await makeFolder(given.data, 0o700, 'choose another one with --data DIR')
  const development = await developmentConfig(given)
  const config = development ?? given
  const genesis = await readGenesis(config)
  const seeds = await nodeSeeds(config, password)
  const log = standardErrorLog({ level: config.log, format: config.logFormat, node: await shortName(seeds.peerSeed) })
  const explorer = readExplorer()
  const options = {
    dir: config.data,
    ...(genesis === undefined ? {} : { genesis }),
    ...seeds,
    listen: config.listen,
    ...(config.announce === undefined ? {} : { announce: config.announce }),
    bootstrap: config.bootstrap,
    sync: config.sync,
    ...(config.trust === undefined ? {} : { trust: Cid.fromText(config.trust, 'trust') }),
    ...(signal === undefined ? {} : { signal }),
    agent: `openledger/${programVersion}`,
    log,
    peersTarget: config.peersTarget,
    ...(config.faultsSeed === undefined ? {} : { faults: { seed: config.faultsSeed } }),
  }
  // Its lock says that the folder, with the socket in it, is this process' own.
  const store = await openStore(config.data)
  const tally = new ApiTally()
  const joining = new JoinTally()
  const instruments = new Instruments()
  measureProcess(instruments, joining)
  const api = await openApi(config, tally, () => instruments.registry.metrics(), log).catch(async error => {
    await store.close()
    throw error
  })
  signal?.addEventListener('abort', () => api.ending(), { once: true })
  const node = await Node.start({ ...options, store, onJoin: joinTeller(api, joining, log) }).catch(async error => {
    await api.stop()
    throw error
  })
  joining.end()
  node.ledger.onEpoch((at, committed) => logEpoch(log, at, committed, node.isSyncing))
  const clocks = new PeerClocks({ network: node.network, clock: systemClock, log })
  const metrics = startMetrics(node, {
    dir: config.data,
    version: programVersion,
    api: tally,
    clocks,
    log,
    instruments,
  })
  const stillMs = stillAtStart(node.ledger.head, node.validator !== null, systemClock.now())
  const head = new LiveHead(node.ledger, { stillMs })
  const ledger = new LedgerView(node.store)
  const view = new LiveView({ node, head, ledger, clocks, version: programVersion })
  api.open({
    view,
    head,
    pages: new StoredPages(node.store),
    economy: new StoredEconomy(node.store),
    light: node.light,
    metrics: metrics.text,
    ...(explorer !== undefined && { page: servedPage(explorer) }),
  })
  const account = development === undefined ? null : developmentAccount(config.data)
  return {
    api: api.url,
    socket: api.socket,
    token: api.token,
    data: config.data,
    account,
    logStart: () => {
      if (account !== null) {
        log.info({ chain: `${node.chain}`, account }, 'a development network of its own, with one funded account')
      }
      const { peerId: peer } = node.network
      // Logs go to many places: where the token lies, not what it is.
      const token = join(config.data, tokenFile)
      const explorer = api.url === null ? null : explorerLink(api.url)
      const addrs = node.network.addrs()
      const facts = { peer, addrs, api: api.url, explorer, token, socket: api.socket, data: config.data }
      log.info(facts, 'the node is up')
    },
    status: () => view.status(),
    setFaults: faults => node.network.faults?.set(faults),
    done: node.done,
    stop: async () => {
      clocks.stop()
      await api.stop()
      await metrics.stop()
      await node.stop()
      log.info({}, 'the node has stopped')
    },
  }
}

function openApi(
  { data, api: tcp, apiProxies: proxies }: NodeConfig,
  tally: ApiTally,
  earlyMetrics: () => Promise<string>,
  log: Log,
): Promise<Api> {
  const onError = (error: unknown) => log.error({ error }, 'an answer failed')
  return startApi({ data, ...(tcp === null ? {} : { tcp }), proxies, tally, earlyMetrics, onError })
}

/** Tells the API of each step, and at the first one whoever reads the log where to ask. */
function joinTeller(api: Api, joining: JoinTally, log: Log): (step: JoinStep) => void {
  let isTold = false
  return step => {
    joining.tell(step)
    api.wait(`joining: ${joinText(step)}`)
    if (!isTold) log.info({ api: api.url, socket: api.socket }, 'joining; openledger status tells how far it is')
    isTold = true
  }
}

/** Enough of a peer id to tell the nodes of a network apart, where many log to one place. */
async function shortName(peerSeed: Uint8Array): Promise<string> {
  return (await peerKey(peerSeed)).peer.slice(-8)
}

/** Proved before anything is written: a folder that a wrong genesis had begun would have to be deleted by hand. */
async function readGenesis({ data, genesis: path, trust }: NodeConfig): Promise<Uint8Array | undefined> {
  if (path === undefined) {
    if (trust !== undefined || (await isBegun(data))) return undefined
    const next =
      'pass --genesis FILE, or --trust CID; or leave --bootstrap and --vote-key out, and it begins a network of its own'
    throw new LedgerError('genesis-missing', `${data} is new and needs the genesis of its network`, { data }, next)
  }
  const block = await readFile(path).catch((error: Error) => {
    throw new LedgerError(
      'genesis-missing',
      `can't read the genesis: ${error.message}`,
      { path },
      'pass --genesis FILE',
    )
  })
  try {
    decodeGenesis(new Uint8Array(block))
  } catch (error) {
    const next = 'pass the file that the network was begun with; openledger genesis show FILE tells what one says'
    throw new LedgerError('genesis-malformed', `${path} is no genesis: ${(error as Error).message}`, { path }, next)
  }
  return new Uint8Array(block)
}
