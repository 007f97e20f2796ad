import type { Certificate } from '../../../consensus/agreement/certificate.ts'
import type { VoteBitmap } from '../../../consensus/agreement/gossip.ts'
import {
  nameValue,
  type Proposal,
  type ProposedValue,
  type ValueName,
  valueKey,
} from '../../../consensus/agreement/proposal.ts'
import type { AgreementConfig } from '../../../consensus/agreement/state.ts'
import type { ValidatorSet } from '../../../consensus/agreement/validator-set.ts'
import type { SignedVote } from '../../../consensus/agreement/vote.ts'
import { writeU32 } from '../../../consensus/bytes.ts'
import type { Cid } from '../../../consensus/cid.ts'
import type { Crypto } from '../../../consensus/crypto.ts'
import type { FaultyNetwork } from '../faulty-network.ts'
import type { Random } from '../random.ts'
import type { VirtualClock } from '../virtual-clock.ts'
import type { AgreementOracle } from './oracle.ts'

/** What travels between nodes. Signatures are empty: who may say what is enforced by the simulator. */
export type Packet =
  | { readonly type: 'proposal'; readonly proposal: Proposal }
  | { readonly type: 'vote'; readonly vote: SignedVote }
  | { readonly type: 'certificate'; readonly certificate: Certificate }
  | { readonly type: 'pull'; readonly round: number; readonly bitmap: VoteBitmap; readonly wanted: readonly Cid[] }

/** What all parts of one run share. */
export interface World {
  readonly clock: VirtualClock
  readonly random: Random
  readonly network: FaultyNetwork<Packet>
  readonly oracle: AgreementOracle
  readonly values: Values
  readonly chain: Cid
  readonly epoch: number
  readonly validators: ValidatorSet
  readonly config: AgreementConfig
}

export const noSignature = new Uint8Array(64)

/** Not a hash, but as distinct as one for the few short inputs of a run, and much cheaper. */
const cheapCrypto: Crypto = {
  sha256(bytes) {
    const digest = new Uint8Array(32)
    bytes.forEach((byte, i) => {
      digest[i & 31] = (digest[i & 31]! * 31 + byte + 1) & 255
    })
    return digest
  },
  sha256Into(bytes, target, offset) {
    target.set(cheapCrypto.sha256(bytes), offset)
  },
  verify: () => true,
}

/** Makes values and knows which of them are valid. */
export class Values {
  readonly #valid = new Set<string>()
  #made = 0

  make(valid: boolean): { value: ProposedValue; name: ValueName } {
    const checkpoint = new Uint8Array(4)
    writeU32(checkpoint, 0, ++this.#made)
    const value: ProposedValue = { checkpoint, cut: [], lastCertificate: null }
    const name = nameValue(cheapCrypto, value)
    if (valid) this.#valid.add(valueKey(name))
    return { value, name }
  }

  /** The same checkpoint with a content that doesn't belong to it. */
  spoil({ checkpoint }: ProposedValue): { value: ProposedValue; name: ValueName } {
    const value: ProposedValue = { checkpoint, cut: [], lastCertificate: Uint8Array.of(1) }
    return { value, name: nameValue(cheapCrypto, value) }
  }

  isValid(name: ValueName): boolean {
    return this.#valid.has(valueKey(name))
  }
}
