import { decodeCertificate, signersOf } from '../../consensus/agreement/certificate.ts'
import { totalStake, type ValidatorSet } from '../../consensus/agreement/validator-set.ts'
import { seatOf } from '../node/office.ts'
import { refusalSteps } from '../node/value-judge.ts'
import { nakamotoCoefficient } from './economy/concentration.ts'
import { byName, type Instruments } from './instruments.ts'
import { type MetricsGroup, type MetricsSource, open } from './metrics-source.ts'

/** Rules whose tracing tells that a step of a round has run out of time. */
const timeoutSteps = { L57: 'propose', L61: 'prevote', L65: 'precommit' } as const

/** How epochs are decided, and the own part in it. */
export const agreementMetrics: MetricsGroup = (to, { node }) => {
  to.begin('Agreement')
  to.gauge('agreement_round', 'Round of the epoch that is being decided; -1 before it starts.', () => node.round ?? -1)
  const rounds = to.histogram(
    'agreement_rounds',
    'Rounds that a decision took, the deciding one included.',
    [1, 2, 3, 4, 6, 8, 12, 16, 32],
  )
  const decision = to.histogram(
    'agreement_decision_seconds',
    'Time from the beginning of an epoch here until it is final, where it was decided here.',
  )
  to.counters('agreement_timeouts_total', 'Steps of rounds that ran out of time.', ['step'], () => {
    const { rules } = node.stats().agreement
    return (['L57', 'L61', 'L65'] as const).map(rule => [{ step: timeoutSteps[rule] }, rules.get(rule)] as const)
  })
  to.counters(
    'agreement_refused_proposals_total',
    'Proposed values that this node refused, by what it looked at: checkpoint, header, time, cut, execution.',
    ['step'],
    () => {
      // Each from the start on: of a series that begins with 1, Prometheus sees no increase.
      const none = Object.fromEntries(refusalSteps.map(step => [step, 0]))
      return byName('step', { ...none, ...node.stats().refused })
    },
  )
  to.counters(
    'agreement_own_messages_total',
    'Messages that this node signed. Nil votes are for no value: too late, or refused.',
    ['type'],
    () => byName('type', node.stats().agreement.signed.all()),
  )
  to.counter('agreement_evidence_total', 'Validators seen signing two messages that contradict each other.', () => {
    return node.stats().agreement.evidence
  })
  const missed = { epochs: 0 }
  validatorMetrics(to, node, missed)
  let voters: ValidatorSet | undefined
  return ({ certificate, epoch, previous }) => {
    if (certificate !== null) rounds.observe(certificate.round + 1)
    const { decisionMs } = node.stats().agreement
    if (decisionMs !== undefined) decision.observe(decisionMs / 1000)
    // Only the next checkpoint settles whose signatures stand in a certificate.
    if (voters !== undefined && hasMissed(node, epoch - 1, voters)) missed.epochs++
    voters = previous
  }
}

function validatorMetrics(to: Instruments, node: SourceNode, missed: { readonly epochs: number }): void {
  to.gauge('validators', 'Validators in office.', () => node.ledger.head.validators.length)
  to.gauge('stake_open', 'OPEN that the validators in office vote with.', () => {
    return open(totalStake(node.ledger.head.validators))
  })
  to.gauge(
    'stake_nakamoto_validators',
    'How few validators can keep the others from deciding: the greatest that hold a third of the stake together.',
    () => nakamotoCoefficient(node.ledger.head.validators),
  )
  to.gauge('validator_in_office', '1 while this node has a vote in the next epoch, else 0.', () => {
    return seatOf(node.ledger.head.validators, node.voteKey) === undefined ? 0 : 1
  })
  to.gauge('validator_stake_open', 'OPEN that this node votes with.', () => {
    return open(seatOf(node.ledger.head.validators, node.voteKey)?.stake ?? 0)
  })
  to.counter(
    'validator_missed_epochs_total',
    'Epochs since the start that this node should have signed, and whose certificate stands without it.',
    () => missed.epochs,
  )
}

type SourceNode = MetricsSource['node']

function hasMissed(node: SourceNode, epoch: number, voters: ValidatorSet): boolean {
  const seat = seatOf(voters, node.voteKey)
  const record = node.store.epochs.get(epoch)
  if (seat === undefined || record === undefined) return false
  return !signersOf(voters, decodeCertificate(record.certificate)).includes(seat.account)
}
