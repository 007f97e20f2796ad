import { json, route } from '../route.ts'
import { namesSchema } from '../schema/names.ts'
import { nodeStatus } from '../schema/status.ts'
import { supply } from '../schema/supply.ts'

const tag = 'node'

export const statusRoutes = [
  route({
    method: 'GET',
    path: '/v1/status',
    tag,
    does: 'How the node is doing.',
    answer: json(nodeStatus),
    handle: ({ view }) => view.status(),
  }),
  route({
    method: 'GET',
    path: '/v1/names',
    tag,
    does: 'What people call accounts and records, where somebody told.',
    answer: json(namesSchema),
    handle: ({ names }) => names(),
  }),
  route({
    method: 'GET',
    path: '/v1/supply',
    tag,
    does: 'How much money there is and where it lies, counted anew from every cell.',
    answer: json(supply),
    cost: 20,
    handle: ({ view }) => view.supply(),
  }),
] as const
