import { currentMessages, proposalsForPeer, votesMissing } from '../../consensus/agreement/gossip.ts'
import type { AgreementState } from '../../consensus/agreement/state.ts'
import { certificatesTold, proposalBytesMax, proposalsTold } from '../../network/limits.ts'
import type { VotesAnswer, VotesRequest } from '../../network/protocols/votes.ts'
import { type AgreementMessage, encodeAttempt } from './agreement-messages.ts'

export const nothingToTell: VotesAnswer = { votes: [], proposals: [], certificates: [] }

/** T8: what a peer lacks of the epoch that this node works on, as far as it is here. */
export function votesAnswer(state: AgreementState, request: VotesRequest): VotesAnswer {
  const votes = votesMissing(state, request.round, request).map(vote => asBytes({ kind: 'vote', vote }))
  const wanted = request.want === undefined ? [] : proposalsForPeer(state, request.want)
  const ofRound = state.proposals.rounds.get(request.round) ?? []
  const proposals = [...new Set([...wanted, ...ofRound])].map(proposal => asBytes({ kind: 'proposal', proposal }))
  const { certificates } = currentMessages(state)
  return {
    votes,
    proposals: withinBytes(proposals.slice(0, proposalsTold), proposalBytesMax),
    certificates: certificates
      .slice(0, certificatesTold)
      .map(certificate => asBytes({ kind: 'certificate', certificate })),
  }
}

export function asBytes(message: AgreementMessage): Uint8Array {
  return encodeAttempt(0, message)
}

/** As many from the front as come to at most so many bytes, but one at least. */
function withinBytes(messages: readonly Uint8Array[], bytesMax: number): Uint8Array[] {
  let bytes = 0
  return messages.filter(({ length }, i) => {
    bytes += length
    return i === 0 || bytes <= bytesMax
  })
}
