import Type from 'typebox'
import { LedgerError } from '../../../consensus/errors.ts'
import { json, route } from '../route.ts'
import { epochStatus } from '../schema/epoch.ts'
import { epoch } from '../schema/words.ts'

export const waitMsMax = 60_000

export const epochRoutes = [
  route({
    method: 'GET',
    path: '/v1/epochs/{epoch}',
    tag: 'epochs',
    does: 'A final epoch; with `wait`, as soon as it is final within so many milliseconds.',
    fields: { epoch, wait: Type.Optional(Type.Integer({ minimum: 0, maximum: waitMsMax })) },
    answer: json(epochStatus),
    refusals: ['not-yet'],
    handle: async ({ view }, { epoch, wait = 0 }, { signal }) => {
      const status = await view.epoch(epoch, { waitMs: wait, signal })
      if (status !== undefined) return status
      throw new LedgerError('not-yet', `epoch ${epoch} isn't final yet`, { epoch }, 'ask again with ?wait=ms')
    },
  }),
] as const
