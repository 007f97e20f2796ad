import { Cid } from '../../../consensus/cid.ts'
import { found } from '../found.ts'
import { json, route } from '../route.ts'
import { batch } from '../schema/batch.ts'
import { pageFields, pageOf } from '../schema/page.ts'
import { recordStatus } from '../schema/record.ts'
import { cid, index } from '../schema/words.ts'

const tag = 'records'
const refusals = ['not-found'] as const

export const recordRoutes = [
  route({
    method: 'GET',
    path: '/v1/records/{cid}/{index}',
    tag,
    does: 'A final or a pending record.',
    fields: { cid, index },
    answer: json(recordStatus),
    refusals,
    handle: async ({ view }, { cid, index }) =>
      found(await view.record(Cid.fromText(cid, 'cid'), index), `${cid}/${index}`),
  }),
  route({
    method: 'GET',
    path: '/v1/batches/{cid}',
    tag,
    does: 'A final or a pending batch.',
    fields: { cid },
    answer: json(batch),
    refusals,
    handle: async ({ pages }, { cid }) => found(pages.batch(Cid.fromText(cid, 'cid')), cid),
  }),
  route({
    method: 'GET',
    path: '/v1/batches/{cid}/records',
    tag,
    does: 'The records of a batch, in its order.',
    fields: { cid, ...pageFields },
    answer: json(pageOf(recordStatus)),
    refusals,
    cost: 5,
    handle: async ({ pages }, { cid, ...ask }) => found(await pages.recordsIn(Cid.fromText(cid, 'cid'), ask), cid),
  }),
] as const
