import { neededValues } from '../../consensus/agreement/gossip.ts'
import { type ProposedValue, type ValueName, valueKey } from '../../consensus/agreement/proposal.ts'
import type { AgreementState } from '../../consensus/agreement/state.ts'
import type { PeerText } from '../../network/peer.ts'
import type { Values } from './agreement-log.ts'

export interface KnownValue {
  readonly name: ValueName
  readonly value: ProposedValue
  /** Who told of it, and so has its batches. */
  readonly from: PeerText | undefined
}

/** The proposed values of an epoch: the reducer knows their names, this the bytes behind them. */
export class HeldValues {
  #values: Values = new Map()
  readonly #tellers = new Map<string, PeerText>()

  /** By name. */
  get all(): Values {
    return this.#values
  }

  get(name: ValueName): ProposedValue | undefined {
    return this.#values.get(valueKey(name))
  }

  tellerOf(name: ValueName): PeerText | undefined {
    return this.#tellers.get(valueKey(name))
  }

  /** A proposer may sign any number of values: only those stay that the reducer kept. */
  keep({ name, value, from }: KnownValue, state: AgreementState): void {
    const needed = new Set(neededValues(state).map(valueKey))
    this.#values.set(valueKey(name), value)
    if (from !== undefined) this.#tellers.set(valueKey(name), from)
    for (const key of this.#values.keys()) if (!needed.has(key)) this.#values.delete(key)
    for (const key of this.#tellers.keys()) if (!needed.has(key)) this.#tellers.delete(key)
  }

  /** Begins an epoch with what a crash left of it. */
  begin(values: Values): void {
    this.#values = values
    this.#tellers.clear()
  }
}
