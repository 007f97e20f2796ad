import Type from 'typebox'
import type { Plain } from './plain.ts'
import { cid } from './words.ts'

export const submitStatus = Type.Object({
  outcome: Type.Enum(['accepted', 'known'], { description: '`known`: held before, and nothing changed.' }),
  cid: { ...cid, description: 'Of the batch.' },
})
export type SubmitStatus = Plain<typeof submitStatus>
