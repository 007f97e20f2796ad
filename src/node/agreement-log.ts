import { type Durable, decodeDurable, encodeDurable } from '../../consensus/agreement/durable.ts'
import { neededValues } from '../../consensus/agreement/gossip.ts'
import { nameValue, type ProposedValue, valueKey } from '../../consensus/agreement/proposal.ts'
import type { AgreementState } from '../../consensus/agreement/state.ts'
import { decode } from '../../consensus/cbor/decode.ts'
import { encode } from '../../consensus/cbor/encode.ts'
import type { Value } from '../../consensus/cbor/value.ts'
import { cutValue, parseCut } from '../../consensus/cut.ts'
import { nativeCrypto as crypto } from '../crypto/native.ts'
import type { Slot } from '../store/slot.ts'

/** Proposed values by name: the reducer knows names, the host keeps the bytes. */
export type Values = Map<string, ProposedValue>

export interface Recovered {
  readonly durable: Durable
  readonly values: Values
}

/** T7: the agreement's state and the values it may have to propose again, written before a message leaves. */
export class AgreementLog {
  readonly #slot: Slot

  constructor(slot: Slot) {
    this.#slot = slot
  }

  async write(state: AgreementState, values: Values): Promise<void> {
    const needed: Value[] = []
    for (const name of neededValues(state)) {
      const value = values.get(valueKey(name))
      if (value !== undefined) needed.push([value.checkpoint, cutValue(value.cut), value.lastCertificate])
    }
    await this.#slot.put(encode([encodeDurable(state), needed]), { sync: true })
  }

  /** What was written last, of whatever epoch. */
  read(): Recovered | undefined {
    const bytes = this.#slot.get()
    if (bytes === undefined) return undefined
    const [durable, needed] = decode(bytes) as [Uint8Array, [Uint8Array, Value, Uint8Array | null][]]
    const values: Values = new Map()
    for (const [checkpoint, cut, lastCertificate] of needed) {
      const value: ProposedValue = { checkpoint, cut: parseCut(cut), lastCertificate }
      values.set(valueKey(nameValue(crypto, value)), value)
    }
    return { durable: decodeDurable(durable), values }
  }
}
