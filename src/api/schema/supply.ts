import Type from 'typebox'
import type { Plain } from './plain.ts'
import { amount, epoch } from './words.ts'

export const supply = Type.Object({
  epoch,
  genesis: amount,
  now: { ...amount, description: 'µOPEN; differs from `genesis` only by what a burn destroyed.' },
  waiting: amount,
  accrued: amount,
  treasury: amount,
})
export type Supply = Plain<typeof supply>
