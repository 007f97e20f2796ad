import { type Office, turnOf } from './office.ts'

/** In ms, as the design has them: what the steps of round 0 may take, by how much each grows a round, and its cap. */
export interface Patience {
  readonly propose: number
  readonly prevote: number
  readonly precommit: number
  readonly growth: number
  readonly cap: number
}

/** What a healthy network needs for a proposal, and for a vote, to reach everybody, judged and on the disk. */
export interface Need {
  readonly proposalMs: number
  readonly voteMs: number
}

/** Turns of good proposers that may pass: one in which not all have caught up, one in which they hear of a lock. */
const goodTurnsMax = 3
/** For connections and syncing. */
const slackMs = 25_000

/** By which round and how soon a decision is due once all is well. */
export interface Deadline {
  readonly round: number
  readonly withinMs: number
}

/** `round`: the highest that an honest validator is in; −1 before the first. Throws where no round will ever be long enough. */
export function deadlineFrom(
  round: number,
  patience: Patience,
  need: Need,
  isGoodTurn: (round: number) => boolean,
): Deadline {
  const stepMs = (base: number, of: number): number => Math.min(base + patience.growth * of, patience.cap)
  const roundMs = (of: number): number =>
    stepMs(patience.propose, of) + stepMs(patience.prevote, of) + stepMs(patience.precommit, of)
  const isLongEnough = (of: number): boolean =>
    stepMs(patience.propose, of) >= need.proposalMs && stepMs(patience.prevote, of) >= need.voteMs
  if (Math.max(need.proposalMs, need.voteMs) > patience.cap)
    throw new Error(`a step of ${JSON.stringify(need)} doesn't fit into the cap of ${patience.cap} ms`)
  let last = round
  let withinMs = slackMs + (round >= 0 ? roundMs(round) : 0)
  for (let turns = 0; turns < goodTurnsMax; ) {
    last++
    withinMs += roundMs(last)
    if (isLongEnough(last) && isGoodTurn(last)) turns++
  }
  return { round: last, withinMs }
}

/** Whether the proposer of a round keeps to the rules. */
export function turnOfGood(
  office: Office,
  epoch: number,
  isGood: (key: string) => boolean,
): (round: number) => boolean {
  return round => isGood(turnOf(office, epoch, round).key)
}
