import Type from 'typebox'
import type { Plain } from './plain.ts'
import { account, amount, count, epoch, orNull, ppm } from './words.ts'

export const validator = Type.Object({
  account,
  name: Type.String(),
  commission: ppm,
  bonded: amount,
  unbonding: amount,
  accrued: { ...amount, description: 'µOPEN that its delegations earned and have not settled.' },
  delegations: count,
  slashes: count,
  barredUntil: { ...epoch, description: 'The first epoch in which it may register a key again; 0: at any time.' },
  published: { ...epoch, description: 'Of its last `validator` record.' },
  stake: { ...orNull(amount), description: 'With which it votes on the next epoch; null: it does not.' },
})
export type ValidatorStatus = Plain<typeof validator>

export const position = Type.Object({ validator: account, amount, accrued: amount })
/** What an account has bonded at one validator. */
export type PositionStatus = Plain<typeof position>
