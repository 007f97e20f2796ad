import type { ApiTally } from '../api/api-tally.ts'
import type { CommittedEpoch } from '../engine/executed-epoch.ts'
import type { ChainHead } from '../node/chain-head.ts'
import type { Node } from '../node/node.ts'
import type { PeerClocks } from '../node/peer-clocks.ts'
import type { EconomyFigures } from './economy/economy.ts'
import type { Instruments } from './instruments.ts'

/** What is measured of a node, and where. */
export interface MetricsSource {
  readonly node: Pick<
    Node,
    | 'chain'
    | 'halted'
    | 'isSyncing'
    | 'ledger'
    | 'mempool'
    | 'network'
    | 'round'
    | 'stats'
    | 'store'
    | 'validator'
    | 'voteKey'
  >
  readonly api: Pick<ApiTally, 'all'>
  readonly clocks: Pick<PeerClocks, 'differenceMs'>
  readonly economy: { figures(): EconomyFigures }
  /** Of the program. */
  readonly version: string
  /** Data folder. */
  readonly dir: string
}

/** Called after each epoch that became final. */
export type EpochListener = (head: ChainHead, committed: CommittedEpoch) => void

/** Adds the metrics of one part of the node. Reads nothing of the source before it is asked for values. */
export type MetricsGroup = (to: Instruments, source: MetricsSource) => EpochListener | undefined

/** Amounts are µOPEN inside, and OPEN for whoever reads a metric. */
export const open = (amount: number): number => amount / 1_000_000
