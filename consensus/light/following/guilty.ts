import type { AccountKey } from '../../account.ts'
import { certificateFault, votesOf } from '../../agreement/certificate.ts'
import { culpritsOf } from '../../agreement/culprits.ts'
import { type Evidence, type Offence, provenOffence } from '../../agreement/evidence.ts'
import { sameSet, type Validator } from '../../agreement/validator-set.ts'
import type { SignedVote } from '../../agreement/vote.ts'
import { toKey } from '../../bytes.ts'
import type { Crypto } from '../../crypto.ts'
import type { LightBlock } from './light-block.ts'

/** A checkpoint, the set in office, and who of it signed. */
export type SignedCheckpoint = Pick<LightBlock, 'checkpoint' | 'validators' | 'certificate'>

/** Somebody who signed two different checkpoints of one epoch. */
export interface Guilty {
  readonly account: AccountKey
  /** Vote key, 32 bytes. */
  readonly key: Uint8Array
  /** µOPEN, in the set of the first of the two. */
  readonly stake: number
  /**
   * What the two signatures prove (T12). Null where they were given in different rounds: that can be honest, and it takes the
   * prevotes between the two rounds to tell.
   */
  readonly proof: { readonly offence: Offence; readonly evidence: Evidence } | null
}

/**
 * Who signed both of a pair, in account order. A certificate that doesn't hold for the set beside it names nobody. Where the
 * sets differ, one of them was made up by those who signed with it: they are found by their vote keys.
 */
export function guiltyOf(crypto: Crypto, [own, other]: readonly [SignedCheckpoint, SignedCheckpoint]): Guilty[] {
  if (!holds(crypto, own) || !holds(crypto, other)) return []
  const proofs = sameSet(own.validators, other.validators) ? proofsBySet(crypto, own, other) : undefined
  const said = votesByKey(other)
  return [...votesByKey(own)].flatMap(([key, { validator, vote }]) => {
    const second = said.get(key)
    if (second === undefined) return []
    const proof = proofs === undefined ? proofOf(crypto, own, vote, second.vote) : (proofs.get(key) ?? null)
    return [{ account: validator.account, key: validator.key, stake: validator.stake, proof }]
  })
}

function holds(crypto: Crypto, { checkpoint, validators, certificate }: SignedCheckpoint): boolean {
  return certificateFault(crypto, checkpoint.chain, validators, certificate) === undefined
}

function proofsBySet(
  crypto: Crypto,
  own: SignedCheckpoint,
  other: SignedCheckpoint,
): Map<string, NonNullable<Guilty['proof']>> {
  const culprits = culpritsOf(crypto, own.checkpoint.chain, own.validators, [own.certificate, other.certificate])
  return new Map(culprits.map(({ offence, evidence }) => [toKey(evidence.key), { offence, evidence }]))
}

function proofOf(crypto: Crypto, own: SignedCheckpoint, first: SignedVote, second: SignedVote): Guilty['proof'] {
  const { key } = own.validators[first.validator]!
  const evidence: Evidence = { key, pair: [withoutName(first), withoutName(second)] }
  const offence = provenOffence(crypto, own.checkpoint.chain, evidence)
  return offence === undefined ? null : { offence, evidence }
}

/** Indices change from set to set: evidence names its signer by the key. */
function withoutName({ validator: _, ...message }: SignedVote) {
  return message
}

function votesByKey({
  validators,
  certificate,
}: SignedCheckpoint): Map<string, { validator: Validator; vote: SignedVote }> {
  const votes = new Map<string, { validator: Validator; vote: SignedVote }>()
  for (const vote of votesOf(certificate)) {
    const validator = validators[vote.validator]!
    votes.set(toKey(validator.key), { validator, vote })
  }
  return votes
}
