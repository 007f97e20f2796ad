/**
 * A second opinion on the ledger's economy, written from the text of its rules (consensus/README.md) alone. It shares no
 * code with the ledger and prefers the plainest reading to speed: where the two agree, they agree for different reasons.
 *
 * It takes signatures as good and sees no bytes, so a genesis with a byte price or a burn is beyond it, and so are models that take
 * over more reach than their author's bytes make room for (F3).
 */
import { add, sum } from './amount.ts'
import { elect } from './election.ts'
import { applyChanges, type Epoch, Failure, newEpoch } from './epoch.ts'
import { type CreditLine, type Role, routeFees } from './flow.ts'
import { castBallot, govern, propose } from './governance.ts'
import { attribute, bill, close, debit, endSessions, openSession, redeem, transfer } from './money.ts'
import type { Account, Outcome, RecordLine, Ref } from './records.ts'
import {
  accruedOf,
  accuse,
  applyCommissions,
  applyRegistrations,
  checkStakes,
  register,
  release,
  slash,
  stake,
  unstake,
} from './stake.ts'
import {
  type OracleGenesis,
  type OracleParams,
  openState,
  type Seat,
  type State,
  supply,
  type ValidatorState,
} from './state.ts'
import {
  assign,
  changeReviewers,
  contribute,
  makeAgent,
  makeDatanet,
  makeModel,
  refine,
  review,
} from './supply-chain.ts'

/** µOPEN throughout. */
export interface Judgement {
  readonly accounts: ReadonlyMap<Account, { readonly balance: bigint; readonly credit: bigint }>
  /** By delegator: what its positions read as accrued. */
  readonly accrued: ReadonlyMap<Account, bigint>
  readonly validators: ReadonlyMap<Account, JudgedValidator>
  /** By epoch, two beyond the last included: who votes on it. */
  readonly sets: ReadonlyMap<number, readonly Seat[]>
  /** In force after the last epoch. */
  readonly params: OracleParams
  /** By epoch, then by account; only what is above zero. */
  readonly payouts: ReadonlyMap<number, ReadonlyMap<Account, Payout>>
  readonly treasury: bigint
  readonly waiting: bigint
  readonly outcomes: ReadonlyMap<Ref, Judged>
}

export interface JudgedValidator {
  readonly bonded: bigint
  readonly unbonding: bigint
  /** The dust of division included. */
  readonly accrued: bigint
  /** By delegator. */
  readonly positions: ReadonlyMap<Account, bigint>
}

export interface Payout {
  readonly amount: bigint
  /** One per role and source, sorted by both as text. */
  readonly lines: readonly { readonly role: Role; readonly source: Ref | Account; readonly amount: bigint }[]
}

export interface Judged {
  readonly outcome: Outcome
  /** Why a record failed, in the oracle's words. */
  readonly reason?: string
}

/** Who stands in the last certificate that an epoch's checkpoint names. */
export type SignersOf = (epoch: number) => readonly Account[]

/**
 * @param lines all records of epochs 1 to `lastEpoch`, each author's in (seq, index) order
 * @throws Error if money appears or vanishes (E2), or a line is of a kind that the oracle doesn't judge
 */
export function judge(
  genesis: OracleGenesis,
  lines: Iterable<RecordLine>,
  lastEpoch: number,
  signersOf: SignersOf = () => [],
): Judgement {
  const oracle = new LedgerOracle(genesis)
  const byEpoch = Map.groupBy(lines, line => line.epoch)
  for (let number = 1; number <= lastEpoch; number++) oracle.pass(byEpoch.get(number) ?? [], signersOf(number))
  return oracle.judgement()
}

/** The same, one epoch after the other. */
export class LedgerOracle {
  readonly state: State
  /** By epoch, two beyond the last included: who votes on it. */
  readonly sets: Map<number, readonly Seat[]>
  readonly #outcomes = new Map<Ref, Judged>()
  readonly #payouts = new Map<number, ReadonlyMap<Account, Payout>>()
  readonly #everything: bigint
  #number = 0

  constructor(genesis: OracleGenesis) {
    this.state = openState(genesis)
    this.sets = new Map([
      [1, this.state.sets.current],
      [2, this.state.sets.next],
    ])
    this.#everything = supply(this.state)
  }

  /** The next epoch. `lines`: its records, each author's in (seq, index) order. Throws as `judge` does. */
  pass(lines: Iterable<RecordLine>, signers: readonly Account[]): void {
    const { state, sets } = this
    const number = ++this.#number
    const epoch = newEpoch(number)
    for (const line of lines) this.#outcomes.set(line.ref, execute(state, epoch, line))
    this.#payouts.set(number, conclude(state, epoch, signers))
    sets.set(number + 1, state.sets.current)
    sets.set(number + 2, state.sets.next)
    const held = supply(state)
    if (held !== this.#everything) throw new Error(`E2: epoch ${number} left ${held} of ${this.#everything}`)
  }

  judgement(): Judgement {
    const { state, sets } = this
    return {
      accounts: accountsOf(state),
      accrued: accruals(state),
      validators: new Map([...state.validators].map(([account, validator]) => [account, judged(validator)])),
      sets,
      params: state.params,
      payouts: this.#payouts,
      treasury: state.treasury,
      waiting: sum([...state.builders.values()].map(builder => builder.waiting)),
      outcomes: this.#outcomes,
    }
  }
}

function execute(state: State, epoch: Epoch, line: RecordLine): Judged {
  try {
    return { outcome: perform(state, epoch, line) }
  } catch (error) {
    if (error instanceof Failure) return { outcome: 'failed', reason: error.message }
    throw error
  }
}

function perform(state: State, epoch: Epoch, line: RecordLine): Outcome {
  switch (line.kind) {
    case 'transfer':
      return transfer(state, epoch, line)
    case 'datanet':
      return makeDatanet(state, epoch, line)
    case 'contribution':
      return contribute(state, epoch, line)
    case 'refinement':
      return refine(state, epoch, line)
    case 'review':
      return review(state, epoch, line)
    case 'reviewers':
      return changeReviewers(state, epoch, line)
    case 'model':
      return makeModel(state, epoch, line)
    case 'agent':
      return makeAgent(state, epoch, line)
    case 'assign':
      return assign(state, epoch, line)
    case 'session':
      return openSession(state, epoch, line)
    case 'close':
      return close(state, epoch, line)
    case 'voucher':
      return redeem(state, epoch, line)
    case 'inference':
    case 'action':
      return bill(state, epoch, line)
    case 'attribution':
      return attribute(state, epoch, line)
    case 'validator':
      return register(state, epoch, line)
    case 'stake':
      return stake(state, epoch, line, amount => debit(state, line.author, amount))
    case 'unstake':
      return unstake(state, epoch, line)
    case 'proposal':
      return propose(state, epoch, line)
    case 'ballot':
      return castBallot(state, epoch, line)
    case 'evidence':
      return accuse(state, epoch, line)
    default:
      throw new Error(`the oracle doesn't judge ${JSON.stringify((line as { kind: unknown }).kind)}`)
  }
}

/** E1: after all records, in this order. */
function conclude(state: State, epoch: Epoch, signers: readonly Account[]): ReadonlyMap<Account, Payout> {
  applyChanges(state, epoch)
  applyRegistrations(state, epoch)
  const credits = routeFees(state, epoch)
  for (const { to, amount } of epoch.transfers) add(state.balances, to, amount)
  for (const { account, amount } of credits) {
    add(state.balances, account, amount)
    add(state.credits, account, amount)
  }
  applyCommissions(state)
  slash(state, epoch)
  release(state, epoch)
  endSessions(state, epoch)
  govern(state, epoch)
  elect(state, epoch, signers)
  checkStakes(state)
  state.params = state.nextParams
  return payoutsOf(credits)
}

function accruals(state: State): Map<Account, bigint> {
  const accrued = new Map<Account, bigint>()
  for (const { positions } of state.validators.values()) {
    for (const [delegator, position] of positions) add(accrued, delegator, accruedOf(position))
  }
  return accrued
}

function judged({ bonded, unbonding, accrued, positions }: ValidatorState): JudgedValidator {
  const amounts = new Map([...positions].map(([delegator, { amount }]) => [delegator, amount]))
  return { bonded, unbonding, accrued, positions: amounts }
}

function payoutsOf(credits: readonly CreditLine[]): ReadonlyMap<Account, Payout> {
  const payouts = new Map<Account, Payout>()
  for (const [account, its] of Map.groupBy(credits, line => line.account)) {
    const lines = [...Map.groupBy(its, ({ role, source }) => `${role} ${source}`)]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .flatMap(([, same]) =>
        same
          .slice(0, 1)
          .map(line => ({ role: line.role, source: line.source, amount: sum(same.map(({ amount }) => amount)) })),
      )
    payouts.set(account, { amount: sum(its.map(({ amount }) => amount)), lines })
  }
  return payouts
}

function accountsOf(state: State): Judgement['accounts'] {
  const accounts = new Set([...state.balances.keys(), ...state.credits.keys()])
  return new Map(
    [...accounts].map(account => [
      account,
      { balance: state.balances.get(account) ?? 0n, credit: state.credits.get(account) ?? 0n },
    ]),
  )
}
