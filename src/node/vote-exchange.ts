import { decodeCertificate } from '../../consensus/agreement/certificate.ts'
import { currentMessages, proposalsForPeer, voteBitmap, votesMissing } from '../../consensus/agreement/gossip.ts'
import { proposalsIn } from '../../consensus/agreement/proposal-keeper.ts'
import type { AgreementState } from '../../consensus/agreement/state.ts'
import type { Cid } from '../../consensus/cid.ts'
import { certificatesTold, proposalBytesMax, proposalsTold } from '../../network/limits.ts'
import type { VotesAnswer, VotesRequest } from '../../network/protocols/votes.ts'
import type { Epochs } from '../store/epochs.ts'
import { type AgreementMessage, encodeAttempt } from './agreement-messages.ts'

/** T8: what a node lacks of its round; undefined while there is nothing to ask. */
export function lacksOf(state: AgreementState, want: Cid | undefined): VotesRequest | undefined {
  const { started, epoch, round, decision } = state
  if (!started || decision !== undefined) return undefined
  const proposals = proposalsIn(state.proposals, round).length
  return { epoch, round, ...voteBitmap(state, round), proposals, ...(want === undefined ? {} : { want }) }
}

/** T8: what a peer lacks of this epoch, as far as it is here. */
export function answerFrom(state: AgreementState, request: VotesRequest): VotesAnswer {
  if (request.epoch !== state.epoch) return { votes: [], proposals: [], certificates: [] }
  const wanted = request.want === undefined ? [] : proposalsForPeer(state, request.want)
  const held = proposalsIn(state.proposals, request.round)
  const ofRound = held.length > (request.proposals ?? 0) ? held : []
  const proposals = [...new Set([...wanted, ...ofRound])].slice(0, proposalsTold)
  const { certificates } = currentMessages(state)
  return {
    votes: votesMissing(state, request.round, request).map(vote => bytesOf({ kind: 'vote', vote })),
    proposals: withinBytes(
      proposals.map(proposal => bytesOf({ kind: 'proposal', proposal })),
      proposalBytesMax,
    ),
    certificates: certificates
      .slice(0, certificatesTold)
      .map(certificate => bytesOf({ kind: 'certificate', certificate })),
  }
}

/** T8: what a peer lacks that is still in an epoch that is final here. */
export function answerFinal(epochs: Pick<Epochs, 'get'>, epoch: number): VotesAnswer {
  const record = epochs.get(epoch)
  const certificate = record && decodeCertificate(record.certificate)
  const certificates = certificate === undefined ? [] : [bytesOf({ kind: 'certificate', certificate })]
  return { votes: [], proposals: [], certificates }
}

function bytesOf(message: AgreementMessage): Uint8Array {
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
