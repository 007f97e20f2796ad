import Type from 'typebox'
import { LedgerError } from '../../../consensus/errors.ts'
import { json, route } from '../route.ts'
import { stoppingError } from '../stage.ts'
import { catchingUpText, stalledNext, stalledText } from '../standing-text.ts'

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
    early: () => ({}),
    handle: async () => ({}),
  }),
  route({
    method: 'GET',
    path: '/health/ready',
    tag,
    does:
      'That the node takes part, and its answers are of now. The message of a refusal begins with a word: starting, joining, ' +
      'syncing, stalled, halted or stopping.',
    answer: fine,
    cost: 0,
    handle: async ({ view, isStopping }) => {
      if (isStopping()) throw stoppingError()
      const status = await view.status()
      const { syncing, stalled, halted } = status
      if (halted !== null) throw new LedgerError('not-ready', `halted: ${halted}`)
      if (syncing) throw new LedgerError('not-ready', `syncing: ${catchingUpText(status)}`, {}, 'wait')
      if (stalled) {
        throw new LedgerError('not-ready', stalledText, {}, stalledNext)
      }
      return {}
    },
  }),
] as const
