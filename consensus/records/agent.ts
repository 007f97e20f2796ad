import type { Ppm } from '../amount.ts'
import { modelCell } from '../ledger/model-cell.ts'
import type { Kind } from './kind.ts'
import { ppm, text, type Weighted, weights } from './schema.ts'

/** Somebody built an agent: routed like a model whose bases are the agent's models. */
export interface Agent {
  readonly kind: 'agent'
  readonly name: string
  readonly models: readonly Weighted[]
  readonly baseShare: Ppm
}

const modelsMax = 16

export const agent: Kind<Agent> = {
  name: 'agent',
  fields: { name: text(128), models: weights(modelsMax), baseShare: ppm },
  refs: record => record.models.map(([ref]) => ref),
  apply(record, view) {
    return modelCell(view, {
      kind: 'agent',
      bases: record.models,
      baseShare: record.baseShare,
      minBaseShare: 0,
      data: [],
      attributor: null,
    })
  },
}
