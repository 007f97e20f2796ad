import Type from 'typebox'
import type { Plain } from './plain.ts'
import { account, epoch, orNull, ref, timeMs } from './words.ts'

export const recordStatus = Type.Object({
  ref,
  author: account,
  kind: Type.String(),
  fields: Type.Record(Type.String(), Type.Unknown(), {
    description: 'All other fields, in the text forms of `export --records`.',
  }),
  time: { ...timeMs, description: 'Of its batch, a claim of the author; milliseconds since 1970.' },
  final: orNull(
    Type.Object(
      {
        epoch,
        code: Type.Integer({ minimum: 0, maximum: 255, description: 'Outcome code.' }),
        outcome: Type.String({ description: "The code's name, like `paid` or `no-funds`." }),
      },
      { description: 'Null while it is pending.' },
    ),
  ),
})
export type RecordStatus = Plain<typeof recordStatus>
