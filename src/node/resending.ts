import { currentMessages } from '../../consensus/agreement/gossip.ts'
import type { AgreementState } from '../../consensus/agreement/state.ts'
import type { AgreementMessage } from './agreement-messages.ts'

/** T8: a proposal with so many authors fills a slow link if it is sent again and again; who lacks it asks for it. */
const largeCutAuthors = 500
const largeResendEvery = 8
/** T8: how many validators, about, send certificates each time; in a smaller set all of them. */
const certificateTellers = 8

/** T8: own messages and certificates that are due again at this attempt. */
export function messagesToResend(state: AgreementState, attempt: number): AgreementMessage[] {
  const { proposals, votes, certificates } = currentMessages(state)
  const isDue = (authors: number): boolean => authors <= largeCutAuthors || attempt % largeResendEvery === 0
  return [
    ...proposals
      .filter(({ value }) => isDue(value.cut.length))
      .map((proposal): AgreementMessage => ({ kind: 'proposal', proposal })),
    ...votes.map((vote): AgreementMessage => ({ kind: 'vote', vote })),
    ...(tellsCertificates(state, attempt) ? certificates : []).map(
      (certificate): AgreementMessage => ({ kind: 'certificate', certificate }),
    ),
  ]
}

/**
 * A certificate is as long as the set is large and goes to everybody: if everybody sent it, the traffic would grow with the cube of
 * the set. So a few do, in turn.
 */
function tellsCertificates({ self, validators }: AgreementState, attempt: number): boolean {
  const turns = Math.ceil(validators.length / certificateTellers)
  return self !== undefined && (self + attempt) % turns === 0
}
