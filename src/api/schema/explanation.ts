import Type from 'typebox'
import type { Plain } from './plain.ts'
import { count, epoch, orNull } from './words.ts'

export const explanationNode = Type.Cyclic(
  {
    ExplanationNode: Type.Object({
      text: Type.String({ description: 'Plain words, without the amount.' }),
      amount: orNull(Type.Integer({ description: 'µOPEN.' })),
      id: orNull(
        Type.String({ description: 'The account or ref that the line is about, so that a reader can ask on.' }),
      ),
      epoch: orNull(epoch),
      children: Type.Array(Type.Ref('ExplanationNode')),
      omitted: { ...count, description: 'Children that were left out to keep the answer short.' },
    }),
  },
  'ExplanationNode',
)
/** One line of the tree: an amount and what it is, with what it is made of below. */
export type ExplanationNode = Plain<typeof explanationNode>

export const explanation = Type.Object({
  subject: Type.String(),
  kind: Type.String({ description: '`account`, or the kind of the record.' }),
  from: { ...epoch, description: 'First epoch that it is about.' },
  to: { ...epoch, description: 'The last one.' },
  oldest: {
    ...epoch,
    description: 'First epoch that there may be something to tell of: those before `from` were left out.',
  },
  root: explanationNode,
})
export type Explanation = Plain<typeof explanation>
