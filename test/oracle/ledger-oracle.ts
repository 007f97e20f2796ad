/**
 * A second opinion on the ledger's economy, written from the text of its rules (consensus/README.md) alone. It shares no
 * code with the ledger and prefers the plainest reading to speed: where the two agree, they agree for different reasons.
 *
 * It takes signatures as good, sees no bytes (so a genesis with a byte price or a burn is beyond it), and knows no stake
 * movements.
 */
import { add, sum } from './amount.ts'
import { applyChanges, type Epoch, Failure, newEpoch } from './epoch.ts'
import { type CreditLine, type Role, routeFees } from './flow.ts'
import { attribute, bill, close, endSessions, openSession, redeem, transfer } from './money.ts'
import type { Account, Outcome, RecordLine, Ref } from './records.ts'
import { type OracleGenesis, openState, type State, supply } from './state.ts'
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
  /** By validator: what its one position reads as accrued, and that plus the dust. */
  readonly accrued: ReadonlyMap<Account, { readonly position: bigint; readonly whole: bigint }>
  /** By epoch, then by account; only what is above zero. */
  readonly payouts: ReadonlyMap<number, ReadonlyMap<Account, Payout>>
  readonly treasury: bigint
  readonly waiting: bigint
  readonly outcomes: ReadonlyMap<Ref, Judged>
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

/**
 * @param lines all records of epochs 1 to `lastEpoch`, each author's in (seq, index) order
 * @throws Error if money appears or vanishes (E2), or a line is of a kind that the oracle doesn't judge
 */
export function judge(genesis: OracleGenesis, lines: Iterable<RecordLine>, lastEpoch: number): Judgement {
  const state = openState(genesis)
  const everything = supply(state)
  const outcomes = new Map<Ref, Judged>()
  const payouts = new Map<number, ReadonlyMap<Account, Payout>>()
  const byEpoch = Map.groupBy(lines, line => line.epoch)
  for (let number = 1; number <= lastEpoch; number++) {
    const epoch = newEpoch(number)
    for (const line of byEpoch.get(number) ?? []) outcomes.set(line.ref, execute(state, epoch, line))
    payouts.set(number, conclude(state, epoch))
    if (supply(state) !== everything) throw new Error(`E2: epoch ${number} left ${supply(state)} of ${everything}`)
  }
  return {
    accounts: accountsOf(state),
    accrued: new Map(
      state.validators.map(({ account, stake, index, accrued }) => [
        account,
        { position: (stake * index) / 10n ** 12n, whole: accrued },
      ]),
    ),
    payouts,
    treasury: state.treasury,
    waiting: sum([...state.builders.values()].map(builder => builder.waiting)),
    outcomes,
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
    default:
      throw new Error(`the oracle doesn't judge ${JSON.stringify((line as { kind: unknown }).kind)}`)
  }
}

/** E1: after all records, in this order. */
function conclude(state: State, epoch: Epoch): ReadonlyMap<Account, Payout> {
  applyChanges(state, epoch)
  const credits = routeFees(state, epoch)
  for (const { to, amount } of epoch.transfers) add(state.balances, to, amount)
  for (const { account, amount } of credits) {
    add(state.balances, account, amount)
    add(state.credits, account, amount)
  }
  endSessions(state, epoch)
  return payoutsOf(credits)
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
