import { type ByteKey, compareKeys } from '../../bytes.ts'
import type { Crypto } from '../../crypto.ts'
import { SumTreeBuilder } from '../../merkle/sum-tree.ts'
import { type RefKey, resolveRef } from '../../ref.ts'
import { isData, type ModelCell } from '../cells/asset.ts'
import type { OpeningState } from '../opening-state.ts'
import type { PaidRecord } from '../paid-record.ts'
import { useRecordsTree } from '../trees.ts'
import type { FlowPart } from './flow.ts'
import { recordLeafBytes } from './record-leaf.ts'

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

const whole = 1_000_000
/** Key of what names nothing: before every asset. */
const unnamed: ByteKey = ''

/** fee·weight per named asset and for all that is unnamed, with the records behind each, in columns: there are millions. */
class Tally {
  weight = 0n
  readonly records: number[] = []
  readonly products: bigint[] = []

  add(record: number, fee: number, weight: number): void {
    const product = BigInt(fee) * BigInt(weight)
    this.weight += product
    this.records.push(record)
    this.products.push(product)
  }
}

/** F3: the weights of D: the unnamed Σ fee·weight first, then per asset by ref. The unnamed part is there even if it is 0. */
export function tallyUses(
  crypto: Crypto,
  reach: Reach,
  records: readonly PaidRecord[],
  leaves: Uint8Array,
): FlowPart[] {
  const tallies = new Map<RefKey, Tally | undefined>()
  const nobody = new Tally()
  tallies.set(unnamed, nobody)
  for (let i = 0; i < records.length; i++) {
    const { fee, uses, batch } = records[i]!
    if (uses === undefined) {
      nobody.add(i, fee, whole)
      continue
    }
    for (const [ref, weight] of uses) {
      const asset = resolveRef(ref, batch)
      let tally = tallies.get(asset)
      if (tally === undefined && !tallies.has(asset)) {
        tally = reach.names(asset) ? new Tally() : undefined
        tallies.set(asset, tally)
      }
      ;(tally ?? nobody).add(i, fee, weight)
    }
  }
  const parts: FlowPart[] = []
  const tree = new SumTreeBuilder(crypto, useRecordsTree)
  for (const to of [...tallies.keys()].sort(compareKeys)) {
    const tally = tallies.get(to)
    if (tally !== undefined) parts.push({ to, weight: tally.weight, records: recordsRoot(tree, tally, leaves) })
  }
  return parts
}

function recordsRoot(tree: SumTreeBuilder<'u128'>, { records, products }: Tally, leaves: Uint8Array): Uint8Array {
  tree.reset()
  for (let i = 0; i < records.length; i++) {
    const start = records[i]! * recordLeafBytes
    tree.addSpan(leaves, start, start + recordLeafBytes, products[i]!)
  }
  return tree.root().hash
}
