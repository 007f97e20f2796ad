import type { Ppm } from '../amount.ts'
import { toKey } from '../bytes.ts'
import type { Cid } from '../cid.ts'
import { modelCell } from '../ledger/model-cell.ts'
import type { Kind } from './kind.ts'
import { account, cid, optional, type Price, ppm, price, text, type Weighted, weights } from './schema.ts'

/** Somebody built or fine-tuned a model: from which bases, on which data, at which price. */
export interface Model {
  readonly kind: 'model'
  readonly name: string
  readonly artifact?: Cid
  readonly base?: readonly Weighted[]
  /** Part of what the builder earns that goes to the bases. */
  readonly baseShare: Ppm
  /** Least baseShare of a model or agent that builds on this one. */
  readonly minBaseShare: Ppm
  readonly data?: readonly Weighted[]
  readonly price: Price
  /** Alone says what the model's inferences drew on. */
  readonly attributor?: Uint8Array
}

const basesMax = 8
const dataMax = 64

export const model: Kind<Model> = {
  name: 'model',
  fields: {
    name: text(128),
    artifact: optional(cid),
    base: optional(weights(basesMax)),
    baseShare: ppm,
    minBaseShare: ppm,
    data: optional(weights(dataMax)),
    price,
    attributor: optional(account),
  },
  refs: record => [...(record.base ?? []), ...(record.data ?? [])].map(([ref]) => ref),
  apply(record, view) {
    return modelCell(view, {
      kind: 'model',
      bases: record.base ?? [],
      baseShare: record.baseShare,
      minBaseShare: record.minBaseShare,
      data: record.data ?? [],
      attributor: record.attributor === undefined ? null : toKey(record.attributor),
    })
  },
}
