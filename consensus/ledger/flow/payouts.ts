import type { AccountKey } from '../../account.ts'
import { type Amount, addAmounts } from '../../amount.ts'
import { type ByteKey, compareKeys } from '../../bytes.ts'

/** Why an account was paid. The order is that of the credit lines. */
export const roles = ['operator', 'delegator', 'executor', 'builder', 'owner', 'origin', 'refiner'] as const
export type Role = (typeof roles)[number]

/** A part of a payout: in which role, and the flow that paid it (a model, an agent, an asset; for operators a validator). */
export interface CreditLine {
  readonly role: Role
  readonly source: ByteKey
  readonly amount: Amount
}

export interface Payout {
  readonly account: AccountKey
  readonly amount: Amount
  readonly lines: readonly CreditLine[]
}

/** What accounts earn in one epoch, added up by account, role and source. */
export class Payouts {
  readonly #lines = new Map<AccountKey, Map<ByteKey, Amount>>()

  add(account: AccountKey, role: Role, source: ByteKey, amount: Amount): void {
    if (amount === 0) return
    let lines = this.#lines.get(account)
    if (lines === undefined) {
      lines = new Map()
      this.#lines.set(account, lines)
    }
    const key = String.fromCharCode(roles.indexOf(role)) + source
    lines.set(key, addAmounts(lines.get(key) ?? 0, amount))
  }

  /** By account, lines by role and source. */
  sorted(): Payout[] {
    const payouts: Payout[] = []
    for (const account of [...this.#lines.keys()].sort(compareKeys)) {
      const lines = this.#lines.get(account)!
      let amount = 0
      const sorted: CreditLine[] = []
      for (const key of [...lines.keys()].sort(compareKeys)) {
        const part = lines.get(key)!
        amount = addAmounts(amount, part)
        sorted.push({ role: roles[key.charCodeAt(0)]!, source: key.slice(1), amount: part })
      }
      payouts.push({ account, amount, lines: sorted })
    }
    return payouts
  }
}
