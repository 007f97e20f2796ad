/** How parameters change, and how the treasury spends. */
import { add, MILLION, parseOpen, sum } from './amount.ts'
import { type Epoch, need } from './epoch.ts'
import { refOrder, sortedBy } from './names.ts'
import type { Ballot, Outcome, Proposal, Ref } from './records.ts'
import type { OracleParams, ProposalState, State } from './state.ts'

const VOTING_EPOCHS = 60_480
const EFFECT_EPOCHS = 8_640
const QUORUM = 334_000n
const PASS = 500_000n

export function propose(state: State, epoch: Epoch, record: Proposal): Outcome {
  const voters = state.sets.current
  need(
    voters.some(({ account }) => account === record.author),
    'not in office',
  )
  need(state.validators.get(record.author)?.proposal === undefined, 'one is open')
  need(
    [...epoch.proposals.values()].every(({ author }) => author !== record.author),
    'one was made just now',
  )
  epoch.proposals.set(record.ref, {
    ref: record.ref,
    author: record.author,
    changes: record.changes ?? {},
    spend: record.spend && { to: record.spend.to, amount: parseOpen(record.spend.amount) },
    voters,
    ballots: new Map(),
    ends: epoch.number + VOTING_EPOCHS,
    passed: false,
  })
  return 'done'
}

export function castBallot(state: State, epoch: Epoch, record: Ballot): Outcome {
  const own = epoch.proposals.get(record.proposal)
  const proposal = own?.author === record.author ? own : state.proposals.get(record.proposal)
  need(proposal !== undefined, 'no such proposal')
  need(epoch.number <= proposal.ends, 'the voting is over')
  need(
    proposal.voters.some(({ account }) => account === record.author),
    'no voter',
  )
  epoch.ballots.push({ proposal, voter: record.author, yes: record.vote === 'yes' })
  return 'done'
}

export function govern(state: State, epoch: Epoch): void {
  for (const [ref, proposal] of epoch.proposals) {
    state.proposals.set(ref, proposal)
    state.validators.get(proposal.author)!.proposal = ref
  }
  for (const { proposal, voter, yes } of epoch.ballots) proposal.ballots.set(voter, yes)
  let params = state.params
  for (const [ref, proposal] of sortedBy(state.proposals, ([name]) => refOrder(name))) {
    if (epoch.number === proposal.ends) {
      proposal.passed = hasPassed(proposal)
      if (!proposal.passed) end(state, ref, proposal)
    } else if (epoch.number === proposal.ends + EFFECT_EPOCHS) {
      params = withChanges(params, proposal)
      spend(state, proposal)
      end(state, ref, proposal)
    }
  }
  state.nextParams = params
}

function hasPassed({ voters, ballots }: ProposalState): boolean {
  const stakeOf = (wanted: boolean) =>
    sum(voters.filter(({ account }) => ballots.get(account) === wanted).map(({ stake }) => stake))
  const [yes, no, all] = [stakeOf(true), stakeOf(false), sum(voters.map(({ stake }) => stake))]
  return (yes + no) * MILLION >= QUORUM * all && yes * MILLION > PASS * (yes + no)
}

function withChanges(params: OracleParams, { changes }: ProposalState): OracleParams {
  const changed = { ...params, ...changes }
  return isWithinBounds(changed) ? changed : params
}

function spend(state: State, { spend: wanted }: ProposalState): void {
  if (wanted === undefined || wanted.amount > state.treasury) return
  state.treasury -= wanted.amount
  add(state.balances, wanted.to, wanted.amount)
}

function end(state: State, ref: Ref, { author }: ProposalState): void {
  state.proposals.delete(ref)
  state.validators.get(author)!.proposal = undefined
}

const BOUNDS: readonly (readonly [name: string, min: number, max: number])[] = [
  ['epochMs', 100, 600_000],
  ['originFloor', 100_000, 1_000_000],
  ['ownerShareMax', 0, 200_000],
  ['attributionWindow', 1, 6_307_200],
  ['maxValidators', 1, 150],
  ['minStake', 1, 1_000_000_000_000_000],
  ['unbonding', 1, 6_307_200],
  ['slashDouble', 0, 1_000_000],
  ['maxEpochBytes', 4 * 1024 * 1024, 256 * 1024 * 1024],
  ['maxFlowAssets', 1, 250_000],
  ['bytePrice', 0, 1_000_000],
  ['burn', 0, 500_000],
  ['protocol', 1, 4_294_967_295],
]

function isWithinBounds(params: object): boolean {
  const values = params as Readonly<Record<string, unknown>>
  const fits = BOUNDS.every(([name, min, max]) => {
    const value = values[name]
    return value === undefined || (typeof value === 'number' && value >= min && value <= max)
  })
  return fits && ['inferenceShares', 'actionShares'].every(name => areShares(values[name] as number[]))
}

function areShares(shares: readonly number[]): boolean {
  return shares.reduce((total, share) => total + share, 0) === 1_000_000 && (shares[3] ?? 0) >= 50_000
}
