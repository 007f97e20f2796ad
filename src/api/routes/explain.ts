import Type from 'typebox'
import { parseAccountKey } from '../../../consensus/account.ts'
import { Cid } from '../../../consensus/cid.ts'
import { found } from '../found.ts'
import { json, route } from '../route.ts'
import { explanation } from '../schema/explanation.ts'
import { account, cid, epoch, index } from '../schema/words.ts'

const tag = 'explain'
const does = 'Where money came from or went to, as a tree, down to the records; of one epoch, or of all.'
const cost = 50

export const explainRoutes = [
  route({
    method: 'GET',
    path: '/v1/explain/{account}',
    tag,
    does,
    fields: { account, epoch: Type.Optional(epoch) },
    answer: json(explanation),
    refusals: ['not-found', 'not-yet'],
    cost,
    handle: async ({ view }, { account, epoch }) =>
      found(await view.explain({ type: 'account', account: parseAccountKey(account, 'account') }, epoch), account),
  }),
  route({
    method: 'GET',
    path: '/v1/explain/{cid}/{index}',
    tag,
    does,
    fields: { cid, index, epoch: Type.Optional(epoch) },
    answer: json(explanation),
    refusals: ['not-found', 'not-yet'],
    cost,
    handle: async ({ view }, { cid, index, epoch }) =>
      found(await view.explain({ type: 'record', batch: Cid.fromText(cid, 'cid'), index }, epoch), `${cid}/${index}`),
  }),
] as const
