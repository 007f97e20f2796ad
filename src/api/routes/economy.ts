import Type from 'typebox'
import { Cid } from '../../../consensus/cid.ts'
import { refKey } from '../../../consensus/ref.ts'
import type { ApiSource } from '../api-source.ts'
import type { EconomyView } from '../economy-view.ts'
import { found } from '../found.ts'
import { json, route } from '../route.ts'
import { attendance } from '../schema/attendance.ts'
import { lineage } from '../schema/lineage.ts'
import { named } from '../schema/named.ts'
import { busiest, usageSeries } from '../schema/usage.ts'
import { cid, epoch, index, word } from '../schema/words.ts'

const tag = 'economy'
const busiestDefault = 10
const busiestMax = 100

export const economyRoutes = [
  route({
    method: 'GET',
    path: '/v1/usage',
    tag,
    does: 'How often models executed, agents acted and accounts were paid, summed up in at most 240 spans of the epochs from..to.',
    fields: { from: epoch, to: epoch },
    answer: json(usageSeries),
    refusals: ['not-yet', 'range'],
    cost: 10,
    handle: (source, epochs, { signal }) => economyOf(source).usage(epochs, signal),
  }),
  route({
    method: 'GET',
    path: '/v1/usage/busiest',
    tag,
    does: 'The models and agents with the most fees in the epochs from..to.',
    fields: {
      from: epoch,
      to: epoch,
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: busiestMax, default: busiestDefault })),
    },
    answer: json(busiest),
    refusals: ['not-yet', 'range'],
    cost: 20,
    handle: (source, { limit = busiestDefault, ...epochs }, { signal }) =>
      economyOf(source).busiest(epochs, limit, signal),
  }),
  route({
    method: 'GET',
    path: '/v1/lineage/{cid}/{index}',
    tag,
    does: 'What an asset was made from and what was made from it, with the money of the epochs from..to on each connection.',
    fields: { cid, index, from: epoch, to: epoch },
    answer: json(lineage),
    refusals: ['not-found', 'not-yet', 'range'],
    cost: 50,
    handle: async (source, { cid, index, ...epochs }, { signal }) => {
      const subject = refKey(Cid.fromText(cid, 'cid'), index)
      return found(await economyOf(source).lineage(subject, epochs, signal), `${cid}/${index}`)
    },
  }),
  route({
    method: 'GET',
    path: '/v1/attendance',
    tag,
    does: 'Which validators signed the newest certificates, of those who could have.',
    answer: json(attendance),
    cost: 5,
    handle: async source => economyOf(source).attendance(),
  }),
  route({
    method: 'GET',
    path: '/v1/named',
    tag,
    does: 'Validators, datanets, models and agents whose own names contain a text.',
    fields: { q: word },
    answer: json(named),
    cost: 10,
    handle: (source, { q }) => economyOf(source).named(q),
  }),
] as const

function economyOf({ economy }: ApiSource): EconomyView {
  return found(economy, 'economy')
}
