import { compareKeys } from '../../bytes.ts'
import type { Crypto } from '../../crypto.ts'
import { SumTreeBuilder } from '../../merkle/sum-tree.ts'
import type { RefKey } from '../../ref.ts'
import { isData, type ModelCell } from '../cells/asset.ts'
import type { OpeningState } from '../opening-state.ts'
import type { PaidRecord } from '../paid-record.ts'
import { useRecordsTree } from '../trees.ts'
import type { FlowPart } from './flow.ts'
import { recordLeafBytes } from './record-leaf.ts'
import { feeColumn, sumOf, type UseColumns, usesBehind, useValue } from './use-columns.ts'

/** F3: what a model or agent may name: accepted assets within its reach. Answers are kept: the same assets recur. */
export class Reach {
  readonly #opening: OpeningState
  readonly #reach: ReadonlySet<RefKey>

  constructor(opening: OpeningState, model: ModelCell) {
    this.#opening = opening
    this.#reach = new Set(model.reach)
  }

  names(asset: RefKey): boolean {
    const cell = this.#opening.asset(asset)
    if (cell === undefined || !isData(cell)) return false
    if (!this.#reach.has(asset) && !this.#reach.has(cell.datanet)) return false
    return this.#opening.isAccepted(asset)
  }
}

/** F3: the weights of D: the unnamed Σ fee·weight first, then per asset by ref. The unnamed part is there even if it is 0. */
export function tallyUses(
  crypto: Crypto,
  reach: Reach,
  records: readonly PaidRecord[],
  leaves: Uint8Array,
): FlowPart[] {
  const fees = feeColumn(records)
  const behind = usesBehind(records, asset => reach.names(asset))
  const tree = new SumTreeBuilder(crypto, useRecordsTree)
  return [...behind.keys()].sort(compareKeys).map(to => {
    const uses = behind.get(to)!
    return { to, weight: sumOf(uses, fees), records: recordsRoot(tree, uses, fees, leaves) }
  })
}

function recordsRoot(
  tree: SumTreeBuilder<'u128'>,
  uses: UseColumns,
  fees: Float64Array,
  leaves: Uint8Array,
): Uint8Array {
  tree.reset()
  for (let i = 0; i < uses.records.length; i++) {
    const record = uses.records[i]!
    const start = record * recordLeafBytes
    tree.addSpan(leaves, start, start + recordLeafBytes, useValue(fees[record]!, uses.weights[i]!))
  }
  return tree.rootHash()
}
