import { type Amount, type Ppm, ppmWhole } from '../../amount.ts'
import type { ByteKey } from '../../bytes.ts'
import type { RefKey } from '../../ref.ts'
import type { PaidRecord } from '../paid-record.ts'

/** The records behind one weight, in columns: there are millions. A record stands there once for each of its uses. */
export interface UseColumns {
  /** Positions among the records, rising. */
  readonly records: Uint32Array
  /** ppm. */
  readonly weights: Uint32Array
}

/** Key of what names nothing: before every asset. */
const unnamed: ByteKey = ''

/** A column of safe integers, read in random order: objects would miss the cache each time. */
export function feeColumn(records: readonly PaidRecord[]): Float64Array {
  return Float64Array.from(records, ({ fee }) => fee)
}

/** fee·weight: a bigint where it outgrows the safe integers. */
export function useValue(fee: Amount, weight: Ppm): number | bigint {
  const product = fee * weight
  return product > Number.MAX_SAFE_INTEGER ? BigInt(fee) * BigInt(weight) : product
}

/** Two of these still add up to a safe integer. */
const pendingMax = 2 ** 52 - 1

/** Σ fee·weight. */
export function sumOf({ records, weights }: UseColumns, fees: Float64Array): bigint {
  let sum = 0n
  // What isn't in the sum yet, a safe integer: adding bigints for each record costs more than the hashing.
  let pending = 0
  for (let i = 0; i < records.length; i++) {
    const fee = fees[records[i]!]!
    const product = fee * weights[i]!
    if (product > pendingMax) sum += BigInt(fee) * BigInt(weights[i]!)
    else {
      pending += product
      if (pending <= pendingMax) continue
      sum += BigInt(pending)
      pending = 0
    }
  }
  return sum + BigInt(pending)
}

/**
 * F3: what stands behind each part of `uses`, by whom it names; the empty key has what names nothing, and is always there.
 * Counted first, then laid out part by part: lists that grow one by one, in random order, miss the cache each time.
 */
export function usesBehind(
  records: readonly PaidRecord[],
  names: (asset: RefKey) => boolean,
): ReadonlyMap<RefKey, UseColumns> {
  const parts = new Map<RefKey, number>([[unnamed, 0]])
  /** By asset that was asked for: its part, or that of nobody. */
  const known = new Map<RefKey, number>()
  const partOfUse = new Uint32Array(usesIn(records))
  let use = 0
  for (const { uses } of records) {
    if (uses === undefined) {
      use++
      continue
    }
    for (const asset of uses.assets) {
      let part = known.get(asset)
      if (part === undefined) {
        part = names(asset) ? parts.size : 0
        known.set(asset, part)
        if (part > 0) parts.set(asset, part)
      }
      partOfUse[use++] = part
    }
  }
  return layOut(records, parts, partOfUse)
}

function usesIn(records: readonly PaidRecord[]): number {
  let count = 0
  for (const { uses } of records) count += uses === undefined ? 1 : uses.assets.length
  return count
}

/** A counting sort of the uses by part, which keeps their order within each. */
function layOut(
  records: readonly PaidRecord[],
  parts: ReadonlyMap<RefKey, number>,
  partOfUse: Uint32Array,
): ReadonlyMap<RefKey, UseColumns> {
  const starts = new Uint32Array(parts.size + 1)
  for (const part of partOfUse) starts[part + 1]!++
  for (let part = 0; part < parts.size; part++) starts[part + 1]! += starts[part]!
  const next = starts.slice()
  const positions = new Uint32Array(partOfUse.length)
  const weights = new Uint32Array(partOfUse.length)
  let use = 0
  for (let record = 0; record < records.length; record++) {
    const { uses } = records[record]!
    const count = uses === undefined ? 1 : uses.assets.length
    for (let i = 0; i < count; i++) {
      const at = next[partOfUse[use++]!]!++
      positions[at] = record
      weights[at] = uses === undefined ? ppmWhole : uses.weights[i]!
    }
  }
  const columns = new Map<RefKey, UseColumns>()
  for (const [asset, part] of parts) {
    const [start, end] = [starts[part]!, starts[part + 1]!]
    columns.set(asset, { records: positions.subarray(start, end), weights: weights.subarray(start, end) })
  }
  return columns
}
