import type { Rule } from '../../consensus/agreement/effect.ts'
import type { UnsignedProposal } from '../../consensus/agreement/proposal.ts'
import type { Vote } from '../../consensus/agreement/vote.ts'
import { Counts } from '../../network/counts.ts'

export type OwnMessage = 'proposal' | Vote['type'] | `${Vote['type']}-nil`

/** What the agreement has done since the start, for whoever watches the node. */
export class AgreementTally {
  /** How often each line of the algorithm was reached. */
  readonly rules = new Counts<Rule>()
  readonly signed = new Counts<OwnMessage>()
  /** T12: contradictions that were seen. */
  evidence = 0
  /** From the beginning of the newest final epoch's first round here to its end; undefined if it began elsewhere. */
  decisionMs: number | undefined
  #begunMs: number | undefined

  reached(rule: Rule, round: number, nowMs: number): void {
    this.rules.add(rule)
    if (rule === 'L11' && round === 0) this.#begunMs = nowMs
  }

  said({ type, checkpoint }: Vote | UnsignedProposal): void {
    this.signed.add(type !== 'proposal' && checkpoint === null ? `${type}-nil` : type)
  }

  /** The epoch is final. */
  over(nowMs: number): void {
    this.decisionMs = this.#begunMs === undefined ? undefined : Math.max(0, nowMs - this.#begunMs)
    this.#begunMs = undefined
  }
}
