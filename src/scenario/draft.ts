import type { Value } from '../../consensus/cbor/value.ts'
import { Cid } from '../../consensus/cid.ts'
import type { Ref } from '../../consensus/ref.ts'

/** Stands for the ref of a record that isn't written yet: the one that action number `action` makes. */
export class ActionRef {
  readonly action: number

  constructor(action: number) {
    this.action = action
  }
}

/** Stands for an epoch that is counted from the moment of writing. */
export class EpochsAhead {
  readonly epochs: number

  constructor(epochs: number) {
    this.epochs = epochs
  }
}

/** A record's value with holes, for what is known only when its batch is written. */
export type Draft = Value | ActionRef | EpochsAhead | readonly Draft[] | DraftMap
export interface DraftMap {
  readonly [field: string]: Draft | undefined
}

export interface Filling {
  refOf(action: number): Ref
  /** The newest final epoch. */
  readonly epoch: number
}

/** The draft with its holes filled. */
export function fill(draft: Draft, filling: Filling): Value {
  if (typeof draft !== 'object' || draft === null || draft instanceof Uint8Array || draft instanceof Cid) return draft
  if (draft instanceof ActionRef) return filling.refOf(draft.action)
  if (draft instanceof EpochsAhead) return filling.epoch + draft.epochs
  if (Array.isArray(draft)) return draft.map(item => fill(item as Draft, filling))
  const filled: Record<string, Value> = {}
  for (const [field, item] of Object.entries(draft as DraftMap)) {
    if (item !== undefined) filled[field] = fill(item, filling)
  }
  return filled
}

/** Numbers of the actions that a draft points to; one may come twice. */
export function actionsIn(draft: Draft | undefined): number[] {
  if (draft instanceof ActionRef) return [draft.action]
  return Array.isArray(draft) ? draft.flatMap(item => actionsIn(item as Draft)) : []
}
