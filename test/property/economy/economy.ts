import type { Amount, Ppm } from '../../../consensus/amount.ts'
import type { Params } from '../../../consensus/params.ts'
import type { DraftMap } from '../../../src/scenario/draft.ts'
import { quickKey } from '../../fixtures/quick-crypto.ts'

/** One record of an economy. Its refs name other acts by their numbers, so that any act can be left out. */
export interface Act {
  readonly number: number
  readonly epoch: number
  /** Number of the actor. */
  readonly author: number
  readonly draft: DraftMap
  /** Of a voucher the actor who signs it; of what a vote key signs, the number of the key. Sometimes another one on purpose. */
  readonly signer?: number
  readonly forged?: boolean
  /** Whether the author begins a new batch with it. */
  readonly startsBatch: boolean
}

export interface EconomyValidator {
  readonly actor: number
  readonly stake: Amount
  readonly commission: Ppm
}

/** Everything that a seed decides. */
export interface Economy {
  readonly params: Params
  /** Balance of each actor at the beginning. */
  readonly funds: readonly Amount[]
  readonly validators: readonly EconomyValidator[]
  readonly epochs: number
  /** Of epoch i + 1: actors in office who stand in its last certificate. */
  readonly signers: readonly (readonly number[])[]
  /** By epoch and author; each author's in its order. */
  readonly acts: readonly Act[]
}

export const actorsMax = 8
export const actorKeys = Array.from({ length: actorsMax }, (_, i) => quickKey(`actor ${i}`))
/** Those of the genesis, by actor, then some to change to. */
export const voteKeys = Array.from({ length: 2 * actorsMax }, (_, i) => quickKey(`vote ${i}`))

export function accountBytes(actor: number): Uint8Array {
  return actorKeys[actor]!.publicKey
}
