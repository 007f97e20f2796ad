import Type from 'typebox'
import type { Plain } from './plain.ts'
import { account, amount, credit, epoch, orNull } from './words.ts'

export const accountPayout = Type.Object({
  account,
  credit: { ...credit, description: 'µOPEN earned ever, up to and including the epoch of the answer.' },
  balance: orNull(amount),
  accrued: orNull(amount),
  payout: {
    ...orNull(Type.Object({ epoch, amount })),
    description: 'Its last one, if that was in `payoutsFrom` or later.',
  },
})
export type AccountPayout = Plain<typeof accountPayout>

export const payoutsFrom = {
  ...epoch,
  description: 'Last payouts were looked for down to this epoch: who has credit and no payout was paid before it.',
}

export const payouts = Type.Object({ epoch, payoutsFrom, accounts: Type.Array(accountPayout) })
export type Payouts = Plain<typeof payouts>
