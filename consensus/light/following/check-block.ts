import { certificateFault, isCommit, signedStake } from '../../agreement/certificate.ts'
import { isMoreThanThird, isQuorum, sameSet, totalStake, type ValidatorSet } from '../../agreement/validator-set.ts'
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
export function checkOrder(trusted: TrustedCheckpoint, block: LightBlock, nowMs: number): void {
  checkChain(trusted, block)
  const { epoch, time } = block.checkpoint
  if (epoch <= trusted.epoch) throw new FollowError('epoch', 'epoch', `one after ${trusted.epoch}`, epoch)
  if (time <= trusted.time) throw new FollowError('time', `time of epoch ${epoch}`, `later than ${trusted.time}`, time)
  checkNotAhead(`epoch ${epoch}`, time, nowMs)
  checkCommit(block)
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
  checkOverlap(trusted.nextValidators, block)
  checkCertificate(crypto, block)
}

/**
 * Another block of the trusted checkpoint's own epoch that is final by the same measure: a), c), f), and more than 1/3 of the set
 * that voted on the trusted one signed this one. Who can't show that only made it up. Throws FollowError.
 */
export function checkRival(crypto: Crypto, trusted: TrustedCheckpoint, block: LightBlock): void {
  checkChain(trusted, block)
  const { epoch } = block.checkpoint
  if (epoch !== trusted.epoch) throw new FollowError('epoch', 'epoch', `${trusted.epoch}`, epoch)
  checkCommit(block)
  checkOverlap(trusted.validators, block)
  checkCertificate(crypto, block)
}

/** Condition g) without the signatures: whether more than 1/3 of the trusted set is among those who are said to have signed. */
export function isSkippable({ nextValidators }: TrustedCheckpoint, block: LightBlock): boolean {
  return isMoreThanThird(overlapStake(nextValidators, block), totalStake(nextValidators))
}

function checkChain({ chain }: TrustedCheckpoint, { checkpoint }: LightBlock): void {
  if (checkpoint.chain.equals(chain)) return
  throw new FollowError('chain', `chain of epoch ${checkpoint.epoch}`, `${chain}`, checkpoint.chain)
}

function checkCommit({ cid, checkpoint: { epoch }, certificate }: LightBlock): void {
  if (isCommit(certificate) && certificate.epoch === epoch && certificate.checkpoint.equals(cid)) return
  const got = `${certificate.type}s of epoch ${certificate.epoch} for ${certificate.checkpoint ?? 'nil'}`
  throw new FollowError('commit', `certificate of epoch ${epoch}`, `precommits of that epoch for ${cid}`, got)
}

function checkOverlap(trustedSet: ValidatorSet, block: LightBlock): void {
  const total = totalStake(trustedSet)
  const stake = overlapStake(trustedSet, block)
  if (isMoreThanThird(stake, total)) return
  const what = `signers of epoch ${block.checkpoint.epoch}`
  throw new FollowError('overlap', what, `more than 1/3 of the trusted ${total} µOPEN`, `${stake} µOPEN`)
}

/** µOPEN in the trusted set of those vote keys that are said to have signed. */
function overlapStake(trustedSet: ValidatorSet, { validators, certificate }: LightBlock): number {
  const signers = new Set<string>()
  for (const [index] of certificate.signatures) {
    const signer = validators[index]
    if (signer !== undefined) signers.add(toKey(signer.key))
  }
  let stake = 0
  for (const validator of trustedSet) if (signers.has(toKey(validator.key))) stake += validator.stake
  return stake
}

function checkSuccession({ checkpoint, nextValidators }: TrustedCheckpoint, block: LightBlock): void {
  const { epoch, validators } = block.checkpoint
  // The genesis names its set by nothing but its members.
  const isNamed =
    checkpoint === null ? sameSet(nextValidators, block.validators) : checkpoint.nextValidators.equals(validators)
  if (isNamed) return
  const expected = checkpoint === null ? 'those of the genesis' : `${checkpoint.nextValidators}`
  throw new FollowError('validators', `validators of epoch ${epoch}`, expected, validators)
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
