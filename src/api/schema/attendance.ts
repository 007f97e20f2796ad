import Type from 'typebox'
import type { Plain } from './plain.ts'
import { account, count, epoch } from './words.ts'

export const attendance = Type.Object({
  epoch: { ...epoch, description: 'The newest, with which the looked-at ones end.' },
  looked: { ...count, description: 'Epochs whose certificates were looked at.' },
  validators: Type.Array(
    Type.Object({
      account,
      elected: { ...count, description: 'In how many of them it could have signed.' },
      signed: { ...count, description: 'In how many of their certificates its signature is.' },
    }),
  ),
})
/** How validators took part lately. */
export type Attendance = Plain<typeof attendance>
