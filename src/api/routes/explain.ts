import Type from 'typebox'
import { parseAccountKey } from '../../../consensus/account.ts'
import { Cid } from '../../../consensus/cid.ts'
import { LedgerError } from '../../../consensus/errors.ts'
import { found } from '../found.ts'
import { type EpochRange, explainedEpochs, type Subject } from '../node-view.ts'
import { json, route } from '../route.ts'
import { explanation } from '../schema/explanation.ts'
import { account, cid, epoch, index } from '../schema/words.ts'

const tag = 'explain'
const does = `Where money came from or went to, as a tree, down to the records; in the epochs from..to, by default the last ${explainedEpochs}, or in one.`
const cost = 50

const refusals = ['not-found', 'not-kept', 'not-yet', 'range'] as const
const epochs = { epoch: Type.Optional(epoch), from: Type.Optional(epoch), to: Type.Optional(epoch) }

export const explainRoutes = [
  route({
    method: 'GET',
    path: '/v1/explain/{account}',
    tag,
    does,
    fields: { account, ...epochs },
    answer: json(explanation),
    refusals,
    cost,
    handle: async ({ view }, { account, ...asks }, { signal }) => {
      const subject: Subject = { type: 'account', account: parseAccountKey(account, 'account') }
      return found(await view.explain(subject, rangeOf(asks), signal), account)
    },
  }),
  route({
    method: 'GET',
    path: '/v1/explain/{cid}/{index}',
    tag,
    does,
    fields: { cid, index, ...epochs },
    answer: json(explanation),
    refusals,
    cost,
    handle: async ({ view }, { cid, index, ...asks }, { signal }) => {
      const subject: Subject = { type: 'record', batch: Cid.fromText(cid, 'cid'), index }
      return found(await view.explain(subject, rangeOf(asks), signal), `${cid}/${index}`)
    },
  }),
] as const

/** One epoch has a word of its own. */
function rangeOf({ epoch, ...range }: EpochRange & { readonly epoch?: number }): EpochRange {
  if (epoch === undefined) return range
  if (range.from === undefined && range.to === undefined) return { from: epoch, to: epoch }
  throw new LedgerError('malformed', `epochs: expected either epoch, or from and to, got epoch=${epoch} beside them`)
}
