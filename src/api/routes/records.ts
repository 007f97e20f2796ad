import { Cid } from '../../../consensus/cid.ts'
import { found } from '../found.ts'
import { json, route } from '../route.ts'
import { recordStatus } from '../schema/record.ts'
import { cid, index } from '../schema/words.ts'

export const recordRoutes = [
  route({
    method: 'GET',
    path: '/v1/records/{cid}/{index}',
    tag: 'records',
    does: 'A final or a pending record.',
    fields: { cid, index },
    answer: json(recordStatus),
    refusals: ['not-found'],
    handle: async ({ view }, { cid, index }) =>
      found(await view.record(Cid.fromText(cid, 'cid'), index), `${cid}/${index}`),
  }),
] as const
