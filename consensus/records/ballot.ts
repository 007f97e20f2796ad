import { ballotCellKey } from '../ledger/cells/proposal.ts'
import { outcomes } from '../ledger/outcome.ts'
import type { Ref } from '../ref.ts'
import type { Kind } from './kind.ts'
import { oneOf, ref } from './schema.ts'

/** What a voter says to a proposal; the last one counts. */
export interface Ballot {
  readonly kind: 'ballot'
  readonly proposal: Ref
  readonly vote: 'yes' | 'no'
}

export const ballot: Kind<Ballot> = {
  name: 'ballot',
  fields: { proposal: ref, vote: oneOf('yes', 'no') },
  refs: record => [record.proposal],
  apply(record, view) {
    const proposalRef = view.resolve(record.proposal)
    const proposal = view.proposal(proposalRef)
    if (proposal === undefined) return outcomes['unknown-ref']
    if (view.epoch.number > proposal.ends) return outcomes['voting-over']
    if (!proposal.voters.some(({ account }) => account === view.author)) return outcomes['not-in-office']
    view.ballots.set(ballotCellKey(proposalRef, view.author), record.vote === 'yes')
    return outcomes.done
  },
}
