import Type from 'typebox'
import { exportKinds } from '../node-view.ts'
import { lines, route, stream } from '../route.ts'
import { epoch } from '../schema/words.ts'

export const exportRoutes = [
  route({
    method: 'GET',
    path: '/v1/export/{what}',
    tag: 'export',
    does: 'Records, checkpoints or payouts of final epochs, a JSON object on each line; amounts are decimals in OPEN.',
    fields: { what: Type.Enum([...exportKinds]), from: Type.Optional(epoch), to: Type.Optional(epoch) },
    answer: lines(Type.Record(Type.String(), Type.Unknown())),
    refusals: ['not-kept'],
    cost: 100,
    handle: async ({ view }, { what, ...range }, { signal }) => view.export(what, range, signal),
  }),
  route({
    method: 'GET',
    path: '/v1/car',
    tag: 'export',
    does: 'Checkpoints, certificates, sets, parameters, cuts and batches of final epochs as a CAR file (version 1).',
    fields: { from: Type.Optional(epoch), to: Type.Optional(epoch) },
    answer: stream('application/vnd.ipld.car'),
    refusals: ['not-kept', 'not-yet'],
    cost: 100,
    handle: async ({ view }, range) => view.car(range),
  }),
] as const
