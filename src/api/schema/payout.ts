import Type from 'typebox'
import { roles } from '../../../consensus/ledger/flow/payouts.ts'
import type { Plain } from './plain.ts'
import { account, amount, count, credit, epoch } from './words.ts'

export const payout = Type.Object({
  epoch,
  account,
  amount,
  credit: { ...credit, description: 'µOPEN earned ever, with this.' },
  lines: Type.Array(
    Type.Object({
      role: Type.Enum([...roles]),
      source: Type.String({ description: 'A model, an agent or an asset; for operators and delegators a validator.' }),
      amount,
    }),
  ),
  omitted: { ...count, description: 'Lines that were left out to keep the answer short.' },
})
/** What an account was paid in one epoch. */
export type Payout = Plain<typeof payout>
