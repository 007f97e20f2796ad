import Type from 'typebox'
import { LedgerError } from '../../../consensus/errors.ts'
import { json, route } from '../route.ts'

const tag = 'health'
const fine = json(Type.Object({}))

export const healthRoutes = [
  route({
    method: 'GET',
    path: '/health/live',
    tag,
    does: 'That the process answers.',
    answer: fine,
    cost: 0,
    handle: async () => ({}),
  }),
  route({
    method: 'GET',
    path: '/health/ready',
    tag,
    does: 'That the node takes part, and its answers are of now.',
    answer: fine,
    refusals: ['not-ready'],
    cost: 0,
    handle: async ({ view }) => {
      const { syncing, stalled, halted } = await view.status()
      if (halted !== null) throw new LedgerError('not-ready', `halted: ${halted}`)
      if (syncing) throw new LedgerError('not-ready', 'catching up with peers', {}, 'wait')
      if (stalled) {
        throw new LedgerError(
          'not-ready',
          'no epoch has become final for long',
          {},
          'are enough validators connected? openledger status',
        )
      }
      return {}
    },
  }),
] as const
