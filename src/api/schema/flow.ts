import Type from 'typebox'
import { flowKinds, listNames } from '../../../consensus/ledger/flow/flow.ts'
import type { Plain } from './plain.ts'
import { account, amount, count } from './words.ts'

const kind = Type.Enum([...flowKinds])
const id = Type.String({ description: 'A ref; empty for the pool of the operators.' })
const omitted = { ...count, description: 'Entries that were left out to keep the answer short.' }

export const flow = Type.Object({
  kind,
  id,
  payees: Type.Array(Type.Object({ account, fees: amount })),
  inbound: Type.Array(Type.Object({ kind, id, list: Type.Enum([...listNames, 'fees']), amount })),
  lists: Type.Array(
    Type.Object({
      name: Type.Enum([...listNames]),
      amount,
      parts: Type.Array(
        Type.Object({
          to: Type.String({ description: 'An account or a ref; empty: nobody in particular.' }),
          weight: Type.String({ description: 'An integer that may be beyond those of JSON.' }),
          amount,
        }),
      ),
      omitted,
    }),
  ),
  omitted,
})
/** How money passed one model, agent or asset in an epoch. */
export type FlowStatus = Plain<typeof flow>
