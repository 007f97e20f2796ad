import type { AccountKey } from '../../../consensus/account.ts'
import type { Amount } from '../../../consensus/amount.ts'
import type { Totals, Usage } from '../../../consensus/checkpoint.ts'
import { gini } from './concentration.ts'
import { Earned, Funding, Payers } from './day-windows.ts'
import type { EpochUsage } from './epoch-usage.ts'

/** Days are those of UTC, told by the checkpoints' agreed time. */
const dayMs = 86_400_000
/** The window of the figures: the day of the newest checkpoint and those before it. */
export const windowDays = 7
/** How long a transfer from payee to payer counts as funding after the last time that the pair had to do with each other. */
export const fundingDays = 30

/** Sums over all epochs that were added; amounts in µOPEN. */
export interface UsageSums {
  readonly inferences: number
  readonly actions: number
  readonly fees: Amount
  readonly paid: Amount
}

export interface EconomyFigures {
  /** The newest epoch that is counted, and the first; 0 where there is none yet. */
  readonly epoch: number
  readonly since: number
  readonly sums: UsageSums
  /** Of that epoch alone. */
  readonly usage: Usage
  readonly totals: Totals
  /** Accounts whose fees were settled on at least one day of the window, and on at least two. */
  readonly payers: number
  readonly recurringPayers: number
  /** From 0 to 1: the part of the window's fees whose payer had OPEN from its payee, or is its payee. */
  readonly fundedShare: number
  /** Accounts that were paid in the window, and how unequally. */
  readonly earners: number
  readonly gini: number
  /** There were more accounts than are kept apart: the figures of the window leave some out. */
  readonly isPartial: boolean
}

export interface DayFees {
  readonly day: number
  readonly fees: Amount
  readonly funded: Amount
}

/** All of it, to be kept and taken up again. */
export interface EconomyState {
  readonly epoch: number
  readonly since: number
  readonly day: number
  readonly sums: UsageSums
  readonly days: readonly DayFees[]
  readonly payers: readonly (readonly [AccountKey, number])[]
  readonly funding: readonly (readonly [string, number])[]
  readonly earned: readonly (readonly [AccountKey, readonly Amount[]])[]
  readonly isPartial: boolean
}

const noUsage: Usage = { inferences: 0, actions: 0, payers: 0, payees: 0, paid: 0 }
const noTotals: Totals = { fees: 0, paid: 0, waiting: 0, accrued: 0, treasury: 0 }

/** How the ledger is used, kept up epoch by epoch: what an epoch adds costs what is in it, and no figure looks back. */
export class Economy {
  #epoch = 0
  #since = 0
  #day = 0
  #sums: UsageSums = { inferences: 0, actions: 0, fees: 0, paid: 0 }
  #usage = noUsage
  #totals = noTotals
  #days: DayFees[] = []
  readonly #payers = new Payers(windowDays)
  readonly #funding = new Funding(fundingDays)
  readonly #earned = new Earned(windowDays)
  #figures: EconomyFigures | undefined

  static restore(state: EconomyState): Economy {
    const economy = new Economy()
    economy.#epoch = state.epoch
    economy.#since = state.since
    economy.#day = state.day
    economy.#sums = state.sums
    economy.#days = [...state.days]
    economy.#payers.restore(state.payers, state.isPartial)
    economy.#funding.restore(state.funding, state.isPartial)
    economy.#earned.restore(
      state.earned.map(([account, amounts]) => [account, [...amounts]]),
      state.isPartial,
    )
    return economy
  }

  get epoch(): number {
    return this.#epoch
  }

  /** Epochs come in ascending order; their checkpoints' times ascend too (T10). */
  add({ epoch, time, usage, totals, fees, transfers, payouts }: EpochUsage): void {
    this.#turnTo(Math.floor(time / dayMs))
    this.#epoch = epoch
    this.#since ||= epoch
    this.#usage = usage
    this.#totals = totals
    const { sums } = this
    this.#sums = {
      inferences: sums.inferences + usage.inferences,
      actions: sums.actions + usage.actions,
      fees: sums.fees + totals.fees,
      paid: sums.paid + totals.paid,
    }
    // Before the fees: who was funded in the same epoch counts as funded.
    for (const [from, to] of transfers) this.#funding.fund(to, from, this.#day)
    for (const { payer, payee, fees: amount } of fees) {
      this.#payers.paid(payer)
      const isFunded = payer === payee || this.#funding.isFunded(payer, payee, this.#day)
      this.#addFees(amount, isFunded)
    }
    for (const [account, amount] of payouts) this.#earned.add(account, amount)
    this.#figures = undefined
  }

  get sums(): UsageSums {
    return this.#sums
  }

  /** Worked out once for an epoch. */
  figures(): EconomyFigures {
    this.#figures ??= this.#count()
    return this.#figures
  }

  state(): EconomyState {
    return {
      epoch: this.#epoch,
      since: this.#since,
      day: this.#day,
      sums: this.#sums,
      days: this.#days,
      payers: this.#payers.all(),
      funding: this.#funding.all(),
      earned: this.#earned.all(),
      isPartial: this.#isPartial,
    }
  }

  get #isPartial(): boolean {
    return this.#payers.isPartial || this.#funding.isPartial || this.#earned.isPartial
  }

  #turnTo(day: number): void {
    const passed = day - this.#day
    if (passed <= 0) return
    this.#day = day
    this.#days = this.#days.filter(kept => kept.day > day - windowDays)
    this.#payers.turn(passed)
    this.#earned.turn(passed)
    this.#funding.turn(day, passed)
  }

  #addFees(amount: Amount, isFunded: boolean): void {
    const last = this.#days.at(-1)
    const today = last?.day === this.#day ? last : { day: this.#day, fees: 0, funded: 0 }
    if (last?.day === this.#day) this.#days.pop()
    this.#days.push({ ...today, fees: today.fees + amount, funded: today.funded + (isFunded ? amount : 0) })
  }

  #count(): EconomyFigures {
    let fees = 0
    let funded = 0
    for (const day of this.#days) {
      fees += day.fees
      funded += day.funded
    }
    const earned = this.#earned.sums()
    return {
      epoch: this.#epoch,
      since: this.#since,
      sums: this.#sums,
      usage: this.#usage,
      totals: this.#totals,
      payers: this.#payers.count,
      recurringPayers: this.#payers.recurring(),
      fundedShare: fees === 0 ? 0 : funded / fees,
      earners: earned.length,
      gini: gini(earned),
      isPartial: this.#isPartial,
    }
  }
}
