import Type from 'typebox'
import { json, route, stream } from '../route.ts'
import { epoch } from '../schema/words.ts'

export const operatorRoutes = [
  route({
    method: 'POST',
    path: '/v1/halt',
    tag: 'operator',
    does: 'Lets the node neither propose nor vote beyond an epoch, and stop cleanly once it is final.',
    body: { kind: 'json', schema: Type.Object({ epoch }), bytesMax: 1024 },
    answer: json(Type.Object({})),
    access: 'operator',
    handle: async ({ view }, { epoch }) => {
      await view.halt(epoch)
      return {}
    },
  }),
  route({
    method: 'GET',
    path: '/v1/backup',
    tag: 'operator',
    does: 'All that the node keeps but its signing state and its keys, as of one moment.',
    answer: stream('application/octet-stream'),
    access: 'operator',
    handle: async ({ view }) => view.backup(),
  }),
] as const
