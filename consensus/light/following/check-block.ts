import { certificateFault, isCommit, signedStake } from '../../agreement/certificate.ts'
import { isMoreThanThird, isQuorum, sameSet, totalStake } from '../../agreement/validator-set.ts'
import { toKey } from '../../bytes.ts'
import type { Crypto } from '../../crypto.ts'
import { FollowError } from './follow-error.ts'
import type { LightBlock } from './light-block.ts'
import type { TrustedCheckpoint } from './trusted-checkpoint.ts'
import { checkNotAhead } from './trusting-period.ts'

/**
 * What a block must show before any signature is looked at:
 *   a) it is of the trusted chain, and of a later epoch;
 *   b) it is later than the trusted one, and not later than now;
 *   c) its certificate is a commit of this checkpoint and epoch.
 * Throws FollowError.
 */
export function checkOrder(
  trusted: TrustedCheckpoint,
  { cid, checkpoint, certificate }: LightBlock,
  nowMs: number,
): void {
  const { chain, epoch, time } = checkpoint
  if (!chain.equals(trusted.chain)) throw new FollowError('chain', `chain of epoch ${epoch}`, `${trusted.chain}`, chain)
  if (epoch <= trusted.epoch) throw new FollowError('epoch', 'epoch', `one after ${trusted.epoch}`, epoch)
  if (time <= trusted.time) throw new FollowError('time', `time of epoch ${epoch}`, `later than ${trusted.time}`, time)
  checkNotAhead(`epoch ${epoch}`, time, nowMs)
  if (isCommit(certificate) && certificate.epoch === epoch && certificate.checkpoint.equals(cid)) return
  const got = `a ${certificate.type} of epoch ${certificate.epoch} for ${certificate.checkpoint ?? 'nil'}`
  throw new FollowError('commit', `certificate of epoch ${epoch}`, `precommits of that epoch for ${cid}`, got)
}

/**
 * The block of the next epoch: besides a) to c)
 *   d) it names the trusted checkpoint as the one before;
 *   e) its validators are those that the trusted checkpoint named for it;
 *   f) more than 2/3 of their stake signed it.
 * Throws FollowError.
 */
export function checkNext(crypto: Crypto, trusted: TrustedCheckpoint, block: LightBlock, nowMs: number): void {
  checkOrder(trusted, block, nowMs)
  const { epoch, prev } = block.checkpoint
  if (epoch !== trusted.epoch + 1) throw new FollowError('epoch', 'epoch', `${trusted.epoch + 1}`, epoch)
  if (!prev.equals(trusted.cid)) throw new FollowError('prev', `prev of epoch ${epoch}`, `${trusted.cid}`, prev)
  checkSuccession(trusted, block)
  checkCertificate(crypto, block)
}

/**
 * A block of any later epoch: besides a) to c)
 *   g) of the set that the trusted checkpoint named for the epoch after it, more than 1/3 of the stake signed this block, by vote
 *      key: as long as less than a third is faulty, one of them is honest;
 *   f) more than 2/3 of its own set's stake signed it.
 * Throws FollowError.
 */
export function checkSkip(crypto: Crypto, trusted: TrustedCheckpoint, block: LightBlock, nowMs: number): void {
  checkOrder(trusted, block, nowMs)
  if (!isSkippable(trusted, block)) {
    const total = totalStake(trusted.nextValidators)
    throw new FollowError(
      'overlap',
      `signers of epoch ${block.checkpoint.epoch}`,
      `more than 1/3 of the ${total} µOPEN after epoch ${trusted.epoch}`,
      `${overlapStake(trusted, block)} µOPEN`,
    )
  }
  checkCertificate(crypto, block)
}

/** Whether more than 1/3 of the trusted set is among those who are said to have signed: condition g) without the signatures. */
export function isSkippable(trusted: TrustedCheckpoint, block: LightBlock): boolean {
  return isMoreThanThird(overlapStake(trusted, block), totalStake(trusted.nextValidators))
}

/** µOPEN in the trusted set of those vote keys that are said to have signed. */
function overlapStake({ nextValidators }: TrustedCheckpoint, { validators, certificate }: LightBlock): number {
  const signers = new Set<string>()
  for (const [index] of certificate.signatures) {
    const signer = validators[index]
    if (signer !== undefined) signers.add(toKey(signer.key))
  }
  let stake = 0
  for (const validator of nextValidators) if (signers.has(toKey(validator.key))) stake += validator.stake
  return stake
}

function checkSuccession(trusted: TrustedCheckpoint, { checkpoint, validators }: LightBlock): void {
  const isNamed =
    trusted.checkpoint === null
      ? sameSet(trusted.nextValidators, validators)
      : trusted.checkpoint.nextValidators.equals(checkpoint.validators)
  if (isNamed) return
  const expected = trusted.checkpoint === null ? "the genesis' set" : `${trusted.checkpoint.nextValidators}`
  throw new FollowError('validators', `validators of epoch ${checkpoint.epoch}`, expected, checkpoint.validators)
}

function checkCertificate(crypto: Crypto, { checkpoint, certificate, validators }: LightBlock): void {
  const fault = certificateFault(crypto, checkpoint.chain, validators, certificate)
  if (fault === undefined) return
  const total = totalStake(validators)
  const signed = signedStake(validators, certificate)
  const got = isQuorum(signed, total) ? fault : `${fault}: ${signed} of ${total} µOPEN`
  const expected = 'good signatures of more than 2/3 of its set'
  throw new FollowError('certificate', `certificate of epoch ${checkpoint.epoch}`, expected, got)
}
