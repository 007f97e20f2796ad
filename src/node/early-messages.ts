import { messageEquals } from '../../consensus/agreement/message.ts'
import { proposalMessage } from '../../consensus/agreement/proposal.ts'
import type { AgreementMessage } from './agreement-messages.ts'

/** Of each validator: the votes of a few rounds. */
const votesMax = 8
/** Proposals hold whole cuts: few in all, and those of the lowest rounds, since whoever has a turn far ahead can sign any number. */
const proposalsMax = 4
const certificatesMax = 8

/**
 * Verified messages of the epoch after, until it begins: others may be a moment ahead. Votes are bounded by
 * signer, or one that sends plenty would leave no room for the rest; what is dropped comes again (T8).
 */
export class EarlyMessages {
  #messages: AgreementMessage[] = []

  add(message: AgreementMessage): void {
    const alike = this.#messages.filter(held => isOfSameBound(held, message))
    if (alike.some(held => isSame(held, message))) return
    const out = alike.length < boundOf(message) ? undefined : laterThan(message, alike)
    if (out === undefined && alike.length >= boundOf(message)) return
    this.#messages = [...this.#messages.filter(held => held !== out), message]
  }

  /** In order of arrival; leaves nothing. */
  take(): AgreementMessage[] {
    const messages = this.#messages
    this.#messages = []
    return messages
  }
}

function boundOf({ kind }: AgreementMessage): number {
  if (kind === 'vote') return votesMax
  return kind === 'proposal' ? proposalsMax : certificatesMax
}

/** Of proposals the one of the highest round, if that is higher. */
function laterThan(message: AgreementMessage, alike: readonly AgreementMessage[]): AgreementMessage | undefined {
  if (message.kind !== 'proposal') return undefined
  const last = alike.reduce((a, b) => (roundOf(b) > roundOf(a) ? b : a))
  return roundOf(last) > roundOf(message) ? last : undefined
}

function roundOf(message: AgreementMessage): number {
  return message.kind === 'proposal' ? message.proposal.round : 0
}

function isOfSameBound(a: AgreementMessage, b: AgreementMessage): boolean {
  if (a.kind === 'vote') return b.kind === 'vote' && a.vote.validator === b.vote.validator
  return a.kind === b.kind
}

function isSame(a: AgreementMessage, b: AgreementMessage): boolean {
  if (a.kind === 'proposal' && b.kind === 'proposal') {
    return messageEquals(proposalMessage(a.proposal), proposalMessage(b.proposal))
  }
  if (a.kind === 'certificate' && b.kind === 'certificate') return messageEquals(a.certificate, b.certificate)
  return a.kind === 'vote' && b.kind === 'vote' && messageEquals(a.vote, b.vote)
}
