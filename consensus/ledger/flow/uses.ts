import type { Amount, Ppm } from '../../amount.ts'
import { type ByteKey, compareKeys } from '../../bytes.ts'
import type { Crypto } from '../../crypto.ts'
import { SumTreeBuilder } from '../../merkle/sum-tree.ts'
import type { RefKey } from '../../ref.ts'
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

/** The records behind one weight, in columns: there are millions. A record stands there once for each of its uses. */
export interface UseColumns {
  /** Positions among the records. */
  readonly records: readonly number[]
  /** ppm. */
  readonly weights: readonly Ppm[]
  /** Σ fee·weight. */
  sum(): bigint
}

/** fee·weight per named asset and for all that is unnamed. */
class Tally implements UseColumns {
  readonly records: number[] = []
  readonly weights: Ppm[] = []
  #sum = 0n
  /** What isn't in the sum yet, a safe integer: adding bigints for each record costs more than the hashing. */
  #pending = 0

  add(record: number, fee: number, weight: number): void {
    this.records.push(record)
    this.weights.push(weight)
    const product = fee * weight
    if (product > pendingMax) this.#sum += BigInt(fee) * BigInt(weight)
    else {
      this.#pending += product
      if (this.#pending > pendingMax) this.#flush()
    }
  }

  sum(): bigint {
    this.#flush()
    return this.#sum
  }

  #flush(): void {
    this.#sum += BigInt(this.#pending)
    this.#pending = 0
  }
}

/** Two of these still add up to a safe integer. */
const pendingMax = 2 ** 52 - 1

/** F3: the weights of D: the unnamed Σ fee·weight first, then per asset by ref. The unnamed part is there even if it is 0. */
export function tallyUses(
  crypto: Crypto,
  reach: Reach,
  records: readonly PaidRecord[],
  leaves: Uint8Array,
): FlowPart[] {
  const tallies = usesBehind(records, asset => reach.names(asset))
  const parts: FlowPart[] = []
  // A column of safe integers, read in random order: objects would miss the cache each time.
  const fees = Float64Array.from(records, ({ fee }) => fee)
  const tree = new SumTreeBuilder(crypto, useRecordsTree)
  for (const to of [...tallies.keys()].sort(compareKeys)) {
    const columns = tallies.get(to)
    if (columns === undefined) continue
    parts.push({ to, weight: columns.sum(), records: recordsRoot(tree, columns, fees, leaves) })
  }
  return parts
}

/** fee·weight: a bigint where it outgrows the safe integers. */
export function useValue(fee: Amount, weight: Ppm): number | bigint {
  const product = fee * weight
  return product > Number.MAX_SAFE_INTEGER ? BigInt(fee) * BigInt(weight) : product
}

/** F3: what stands behind each part of `uses`, by whom it names; the empty key has what names nothing. */
export function usesBehind(
  records: readonly PaidRecord[],
  names: (asset: RefKey) => boolean,
): ReadonlyMap<RefKey, UseColumns | undefined> {
  const tallies = new Map<RefKey, Tally | undefined>()
  const nobody = new Tally()
  tallies.set(unnamed, nobody)
  for (let i = 0; i < records.length; i++) {
    const { fee, uses } = records[i]!
    if (uses === undefined) {
      nobody.add(i, fee, whole)
      continue
    }
    for (let k = 0; k < uses.assets.length; k++) {
      const asset = uses.assets[k]!
      let known = tallies.get(asset)
      if (known === undefined && !tallies.has(asset)) {
        known = names(asset) ? new Tally() : undefined
        tallies.set(asset, known)
      }
      ;(known ?? nobody).add(i, fee, uses.weights[k]!)
    }
  }
  return tallies
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
  return tree.root().hash
}
