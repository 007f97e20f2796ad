import type { AccountKey } from '../../account.ts'
import type { Ppm } from '../../amount.ts'
import type { ByteKey } from '../../bytes.ts'
import type { Value } from '../../cbor/value.ts'
import type { RefKey } from '../../ref.ts'
import { bytesKey, type CellCodec, cellPrefix, keyBytes, noMoney } from './cell.ts'

export type WeightedKey = readonly [ref: RefKey, weight: Ppm]

/** Distinct refs, sorted. Whoever holds a cell need not hold these: they may be read when they are asked for. */
export interface ReachList extends Iterable<RefKey> {
  readonly length: number
}

export interface DatanetCell {
  readonly kind: 'datanet'
  readonly owner: AccountKey
  readonly reviewed: boolean
  readonly reviewers: readonly AccountKey[]
  readonly ownerShare: Ppm
  readonly originShare: Ppm
  readonly refinerShare: Ppm
}

export interface ContributionCell {
  readonly kind: 'contribution'
  readonly owner: AccountKey
  readonly datanet: RefKey
  readonly originShare: Ppm
}

export interface RefinementCell {
  readonly kind: 'refinement'
  readonly owner: AccountKey
  readonly datanet: RefKey
  /** 1 + the greatest of its parents'; an origin's is 0. */
  readonly height: number
  readonly originShare: Ppm
  /** F4: at most 32 origins by ref, unscaled; what is missing to 10^6 belongs to the parents. */
  readonly origins: readonly WeightedKey[]
  readonly parents: readonly WeightedKey[]
}

export interface ModelCell {
  readonly kind: 'model' | 'agent'
  readonly owner: AccountKey
  /** 1 + the greatest of its bases'; 0 without bases. */
  readonly height: number
  /** An agent's are its models. */
  readonly bases: readonly WeightedKey[]
  readonly baseShare: Ppm
  readonly minBaseShare: Ppm
  readonly data: readonly WeightedKey[]
  /** F3: datanets and assets that its records may name, sorted. */
  readonly reach: ReachList
  readonly attributor: AccountKey | null
}

/** What is named in `uses` and earns through lineage. */
export type DataCell = ContributionCell | RefinementCell
export type AssetCell = DatanetCell | DataCell | ModelCell

export function isData(cell: AssetCell): cell is DataCell {
  return cell.kind === 'contribution' || cell.kind === 'refinement'
}

export function heightOf(cell: AssetCell): number {
  return 'height' in cell ? cell.height : 0
}

export function assetCellKey(ref: RefKey): ByteKey {
  return cellPrefix.asset + ref
}

export const assetCodec: CellCodec<AssetCell> = { toValue, fromValue, money: noMoney }

function toValue(cell: AssetCell): Value {
  const owner = keyBytes(cell.owner)
  switch (cell.kind) {
    case 'datanet':
      return [
        cell.kind,
        owner,
        cell.reviewed,
        cell.reviewers.map(keyBytes),
        cell.ownerShare,
        cell.originShare,
        cell.refinerShare,
      ]
    case 'contribution':
      return [cell.kind, owner, keyBytes(cell.datanet), cell.originShare]
    case 'refinement':
      return [
        cell.kind,
        owner,
        keyBytes(cell.datanet),
        cell.height,
        cell.originShare,
        cell.origins.map(weightedValue),
        cell.parents.map(weightedValue),
      ]
    case 'model':
    case 'agent':
      return [
        cell.kind,
        owner,
        cell.height,
        cell.bases.map(weightedValue),
        cell.baseShare,
        cell.minBaseShare,
        cell.data.map(weightedValue),
        Array.from(cell.reach, keyBytes),
        cell.attributor === null ? null : keyBytes(cell.attributor),
      ]
  }
}

function fromValue(value: Value): AssetCell {
  const list = value as Value[]
  const kind = list[0] as AssetCell['kind']
  const owner = bytesKey(list[1])
  switch (kind) {
    case 'datanet':
      return {
        kind,
        owner,
        reviewed: list[2] as boolean,
        reviewers: (list[3] as Value[]).map(bytesKey),
        ownerShare: list[4] as Ppm,
        originShare: list[5] as Ppm,
        refinerShare: list[6] as Ppm,
      }
    case 'contribution':
      return { kind, owner, datanet: bytesKey(list[2]), originShare: list[3] as Ppm }
    case 'refinement':
      return {
        kind,
        owner,
        datanet: bytesKey(list[2]),
        height: list[3] as number,
        originShare: list[4] as Ppm,
        origins: (list[5] as Value[]).map(valueWeighted),
        parents: (list[6] as Value[]).map(valueWeighted),
      }
    case 'model':
    case 'agent':
      return {
        kind,
        owner,
        height: list[2] as number,
        bases: (list[3] as Value[]).map(valueWeighted),
        baseShare: list[4] as Ppm,
        minBaseShare: list[5] as Ppm,
        data: (list[6] as Value[]).map(valueWeighted),
        reach: (list[7] as Value[]).map(bytesKey),
        attributor: list[8] === null ? null : bytesKey(list[8]),
      }
  }
}

const weightedValue = ([ref, weight]: WeightedKey): Value => [keyBytes(ref), weight]

function valueWeighted(value: Value): WeightedKey {
  const [ref, weight] = value as [Uint8Array, Ppm]
  return [bytesKey(ref), weight]
}
