import { type ProposedValue, type ValueName, valueKey } from '../../consensus/agreement/proposal.ts'
import type { PeerText } from '../../network/peer.ts'
import type { Values } from './agreement-log.ts'

export interface KnownValue {
  readonly name: ValueName
  readonly value: ProposedValue
  /** Who told of it, and so has its batches. */
  readonly from: PeerText | undefined
}

/** The bytes of an epoch's proposed values, which the reducer knows by name. */
export class KnownValues {
  readonly #values: Values
  readonly #tellers = new Map<string, PeerText>()

  constructor(values: Values = new Map()) {
    this.#values = values
  }

  get all(): Values {
    return this.#values
  }

  get(name: ValueName): ProposedValue | undefined {
    return this.#values.get(valueKey(name))
  }

  teller(name: ValueName): PeerText | undefined {
    return this.#tellers.get(valueKey(name))
  }

  /** Adds a value, and drops all but the needed ones: a proposer may sign any number. */
  keep({ name, value, from }: KnownValue, needed: readonly ValueName[]): void {
    this.#values.set(valueKey(name), value)
    if (from !== undefined) this.#tellers.set(valueKey(name), from)
    const kept = new Set(needed.map(valueKey))
    for (const key of this.#values.keys()) if (!kept.has(key)) this.#values.delete(key)
    for (const key of this.#tellers.keys()) if (!kept.has(key)) this.#tellers.delete(key)
  }
}
