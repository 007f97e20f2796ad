import Type from 'typebox'
import { epoch } from './words.ts'

export const params = Type.Object({
  epoch: { ...epoch, description: 'After which they are in force.' },
  params: Type.Record(Type.String(), Type.Unknown()),
})
