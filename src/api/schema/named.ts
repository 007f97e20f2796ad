import Type from 'typebox'
import type { Plain } from './plain.ts'

export const namedThing = Type.Object({
  type: Type.Enum(['account', 'record']),
  id: Type.String({ description: 'An account or a ref.' }),
  label: Type.String({ description: 'In words, such as `model "helper"`.' }),
})
export type NamedThing = Plain<typeof namedThing>

export const named = Type.Object({
  items: Type.Array(namedThing),
  more: Type.Boolean({ description: 'Whether names that were not looked at may match as well.' }),
})
export type Named = Plain<typeof named>
