import type { Log } from '../../network/log.ts'
import type { ApiTally } from '../api/api-tally.ts'
import type { Node } from '../node/node.ts'
import type { PeerClocks } from '../node/peer-clocks.ts'
import { EconomyFile } from './economy/economy-file.ts'
import { EconomyFollower } from './economy/economy-follower.ts'
import { Instruments } from './instruments.ts'
import { measureNode } from './metrics.ts'

export interface NodeMetricsOptions {
  /** Data folder; what was counted is kept there over a restart. */
  readonly dir: string
  /** Of the program. */
  readonly version: string
  /** What the API has answered. */
  readonly api: ApiTally
  /** Compares its clock with those of its peers. */
  readonly clocks: Pick<PeerClocks, 'differenceMs'>
  readonly log: Log
  /** What was measured before there was a node. */
  readonly instruments?: Instruments
}

export interface NodeMetrics {
  /** All metrics as Prometheus reads them. */
  text(): Promise<string>
  /** Before the node stops: the store is still read. */
  stop(): Promise<void>
}

/** Measures a running node. */
export function startMetrics(node: Node, options: NodeMetricsOptions): NodeMetrics {
  const { dir, version, api, clocks, log, instruments = new Instruments() } = options
  const { store, chain, ledger } = node
  // Every epoch's records are decoded once more for it: while catching up that would take a sixth of the time.
  const isBusy = () => node.isSyncing
  const economy = new EconomyFollower({ store, file: new EconomyFile(dir, chain), log, isBusy })
  const onEpoch = measureNode(instruments, { node, api, clocks, economy, version, dir })
  ledger.onEpoch((head, committed) => {
    onEpoch(head, committed)
    economy.poke()
  })
  economy.poke()
  const text = () => {
    // The node may have ceased to catch up without an epoch that tells: its peers are gone.
    economy.poke()
    return instruments.registry.metrics()
  }
  return { text, stop: () => economy.stop() }
}
