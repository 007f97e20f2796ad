import type { Log } from '../../network/log.ts'
import { ApiTally } from '../api/api-tally.ts'
import type { Node } from '../node/node.ts'
import { EconomyFile } from './economy/economy-file.ts'
import { EconomyFollower } from './economy/economy-follower.ts'
import { instrument } from './metrics.ts'

export interface NodeMetricsOptions {
  /** Data folder; what was counted is kept there over a restart. */
  readonly dir: string
  /** Of the program. */
  readonly version: string
  readonly log: Log
}

export interface NodeMetrics {
  /** All metrics as Prometheus reads them. */
  text(): Promise<string>
  /** What the API answers is told here. */
  readonly api: ApiTally
  /** Before the node stops: the store is still read. */
  stop(): Promise<void>
}

/** Measures a running node. */
export function startMetrics(node: Node, { dir, version, log }: NodeMetricsOptions): NodeMetrics {
  const { store, chain, ledger } = node
  // Every epoch's records are decoded once more for it: while catching up that would take a sixth of the time.
  const isBusy = () => node.isSyncing
  const economy = new EconomyFollower({ store, file: new EconomyFile(dir, chain), log, isBusy })
  const api = new ApiTally()
  const { instruments, onEpoch } = instrument({ node, api, economy, version, dir })
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
  return { api, text, stop: () => economy.stop() }
}
