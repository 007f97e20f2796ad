import { type Office, turnOf } from './office.ts'

/** Timeouts as the design gives them, in ms: base of propose, prevote, precommit, growth a round, cap. */
const roundMs = (round: number): number =>
  [3_000, 1_000, 1_000].reduce((sum, base) => sum + Math.min(base + 500 * round, 30_000), 0)

/** Turns of good proposers that may pass: one in which not all have caught up, one in which they hear of a lock. */
const goodTurnsMax = 3
/** For executions, connections and syncing. */
const slackMs = 45_000

/** By which round and how soon a decision is due once all is well. */
export interface Deadline {
  readonly round: number
  readonly withinMs: number
}

/** `round`: the highest that an honest validator is in; −1 before the first. */
export function deadlineFrom(office: Office, epoch: number, round: number, isGood: (key: string) => boolean): Deadline {
  let last = round
  let withinMs = slackMs + (round >= 0 ? roundMs(round) : 0)
  for (let turns = 0; turns < goodTurnsMax; ) {
    last++
    withinMs += roundMs(last)
    if (isGood(turnOf(office, epoch, last).key)) turns++
  }
  return { round: last, withinMs }
}
