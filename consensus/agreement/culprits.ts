import type { Cid } from '../cid.ts'
import type { Crypto } from '../crypto.ts'
import { type Certificate, certificateFault, votesOf } from './certificate.ts'
import { type Evidence, type Offence, offenceOf, type SignedMessage } from './evidence.ts'
import type { ValidatorSet } from './validator-set.ts'
import type { SignedVote } from './vote.ts'

/** A validator that certificates convict, with the two messages that do (T12). */
export interface Culprit {
  /** Its index in the set. */
  readonly validator: number
  readonly offence: Offence
  readonly evidence: Evidence
}

/**
 * T12: who must have broken the rules for all these certificates of one epoch to exist; in set order, one pair each. Two commit
 * certificates of one round for different checkpoints convict more than a third of the stake. Of different rounds they do together
 * with the polkas that came after the first one: the first of these whose votes rest on no polka since convicts those who had
 * precommitted. Certificates that don't hold convict nobody.
 */
export function culpritsOf(
  crypto: Crypto,
  chain: Cid,
  set: ValidatorSet,
  certificates: readonly Certificate[],
): Culprit[] {
  const votes: SignedVote[][] = set.map(() => [])
  for (const certificate of certificates) {
    if (certificateFault(crypto, chain, set, certificate) !== undefined) continue
    for (const vote of votesOf(certificate)) votes[vote.validator]!.push(vote)
  }
  return votes.flatMap((said, validator) => {
    const found = firstOffence(said)
    if (found === undefined) return []
    const [offence, ...pair] = found
    return [{ validator, offence, evidence: { key: set[validator]!.key, pair } }]
  })
}

function firstOffence(said: readonly SignedVote[]): [Offence, SignedMessage, SignedMessage] | undefined {
  for (const [i, first] of said.entries()) {
    for (const second of said.slice(i + 1)) {
      const offence = offenceOf(first, second)
      if (offence !== undefined) return [offence, withoutName(first), withoutName(second)]
    }
  }
  return undefined
}

/** Indices change from set to set: evidence names its signer by the key. */
function withoutName({ validator: _, ...message }: SignedVote): SignedMessage {
  return message
}
