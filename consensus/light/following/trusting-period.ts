import type { Params } from '../../params.ts'
import { FollowError } from './follow-error.ts'
import type { TrustedCheckpoint } from './trusted-checkpoint.ts'

/**
 * How far a clock may be behind the validators': a fresh checkpoint is at most 10 s ahead of theirs (T10), and clocks that are kept
 * by nobody are off by less than the rest.
 */
export const driftMsMax = 60_000

/**
 * How long a checkpoint may be followed by less than all of its set: half of `unbonding`, in ms.
 *
 * Stake that voted on it can be slashed for `unbonding` epochs more, and what its owners sign later with keys they no longer risk
 * anything for must not count. Epochs are agreed, but a forger numbers them as he likes; what he can't set is the light node's own
 * clock against the `time` of a checkpoint it trusts. An epoch takes at least `epochMs` (T9), so the stake is at risk for at least
 * `unbonding` · `epochMs` from then on. The other half is for the evidence to reach the ledger.
 */
export function trustingPeriodMs({ unbonding, epochMs }: Params): number {
  return Math.floor((unbonding * epochMs) / 2)
}

/** Throws FollowError `expired`, or `future` where the trusted checkpoint is yet to come. */
export function checkFresh({ epoch, time, params }: TrustedCheckpoint, nowMs: number): void {
  checkNotAhead('the trusted checkpoint', time, nowMs)
  const periodMs = trustingPeriodMs(params)
  if (nowMs - time < periodMs) return
  throw new FollowError(
    'expired',
    `trusted epoch ${epoch}`,
    `an age below ${hours(periodMs)}, half of the unbonding time`,
    hours(nowMs - time),
    'ask somebody you trust for the CID of a recent checkpoint and pass it with --trust',
  )
}

/** Throws FollowError `future`. */
export function checkNotAhead(what: string, time: number, nowMs: number): void {
  if (time <= nowMs + driftMsMax) return
  throw new FollowError('future', `time of ${what}`, `at most ${nowMs} ms`, time, 'check the clock of this machine')
}

function hours(ms: number): string {
  return `${(ms / 3_600_000).toFixed(1)} h`
}
