import Type from 'typebox'
import type { Plain } from './plain.ts'
import { account, amount, cid, credit, epoch, orNull, seq } from './words.ts'

export const accountStatus = Type.Object({
  account,
  epoch,
  balance: amount,
  credit,
  accrued: amount,
  seq: { ...seq, description: 'Of its last final batch; 0 before the first.' },
})
export type AccountStatus = Plain<typeof accountStatus>

export const authorStatus = Type.Object({
  account,
  seq: { ...seq, description: 'Of the last final batch; 0 before the first.' },
  head: orNull(cid),
  pending: Type.Array(Type.Object({ seq, cid }), {
    description: 'Held on top of `head`, in order of `seq` without a gap: the branch that this node would finalize.',
  }),
})
export type AuthorStatus = Plain<typeof authorStatus>
