import { clockDifferenceMsMax } from '../node/clock-check.ts'
import type { NodeStatus } from './node-view.ts'

/* How a node stands, for people. */

/** That it is behind: how far, and how long it will yet take as far as that is known. */
export function catchingUpText({ epoch, target, secondsLeft }: NodeStatus): string {
  if (target === null) return 'catching up with peers'
  const left = secondsLeft === null ? '' : `, about ${secondsLeft} s left`
  return `catching up with peers: at epoch ${epoch} of ${target}${left}`
}

export const stalledText = 'stalled: no epoch has become final for long'
export const stalledNext = 'are enough validators connected? openledger doctor, and the log of the node'

/** Whether its clock differs from those of its peers by more than proposals may (T10). */
export function isClockOff(status: NodeStatus): status is NodeStatus & { readonly clockDifferenceMs: number } {
  return Math.abs(status.clockDifferenceMs ?? 0) > clockDifferenceMsMax
}

/** `differenceMs`: by how much the clocks of peers are ahead of this one. */
export function clockText(differenceMs: number): string {
  const seconds = Math.round(Math.abs(differenceMs) / 1000)
  return `${seconds} s ${differenceMs > 0 ? 'behind' : 'ahead of'} those of its peers`
}
