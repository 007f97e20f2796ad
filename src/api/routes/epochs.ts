import Type from 'typebox'
import { foundEpoch } from '../found.ts'
import { json, route } from '../route.ts'
import { epochSummary, finalBatch } from '../schema/epoch.ts'
import { flow } from '../schema/flow.ts'
import { pageFields, pageOf } from '../schema/page.ts'
import { payout } from '../schema/payout.ts'
import { epoch } from '../schema/words.ts'

export const waitMsMax = 60_000

const tag = 'epochs'
const refusals = ['not-yet', 'not-found'] as const
const ofEpoch = { epoch, ...pageFields }

export const epochRoutes = [
  route({
    method: 'GET',
    path: '/v1/epochs',
    tag,
    does: 'Final epochs, the newest first.',
    fields: pageFields,
    answer: json(pageOf(epochSummary)),
    cost: 2,
    handle: ({ pages }, ask) => pages.epochs(ask),
  }),
  route({
    method: 'GET',
    path: '/v1/epochs/{epoch}',
    tag,
    does: 'A final epoch; with `wait`, as soon as it is final within so many milliseconds.',
    fields: { epoch, wait: Type.Optional(Type.Integer({ minimum: 0, maximum: waitMsMax })) },
    answer: json(epochSummary),
    refusals,
    handle: async ({ pages, head }, { epoch, wait = 0 }, { ending }) => {
      if (wait > 0 && head.epoch < epoch) await head.until(epoch, { waitMs: wait, signal: ending })
      return foundEpoch(pages.epoch(epoch), epoch, head)
    },
  }),
  route({
    method: 'GET',
    path: '/v1/epochs/{epoch}/batches',
    tag,
    does: 'What an epoch finalized, by author and seq.',
    fields: ofEpoch,
    answer: json(pageOf(finalBatch)),
    refusals,
    cost: 5,
    handle: async ({ pages, head }, { epoch, ...ask }) => foundEpoch(await pages.batches(epoch, ask), epoch, head),
  }),
  route({
    method: 'GET',
    path: '/v1/epochs/{epoch}/payouts',
    tag,
    does: 'Who was paid in an epoch, by account, with the lines that it is made of.',
    fields: ofEpoch,
    answer: json(pageOf(payout)),
    refusals,
    cost: 5,
    handle: async ({ pages, head }, { epoch, ...ask }) => foundEpoch(await pages.payouts(epoch, ask), epoch, head),
  }),
  route({
    method: 'GET',
    path: '/v1/epochs/{epoch}/flows',
    tag,
    does: 'How money passed each model, agent and asset in an epoch.',
    fields: ofEpoch,
    answer: json(pageOf(flow)),
    refusals,
    cost: 5,
    handle: async ({ pages, head }, { epoch, ...ask }) => foundEpoch(await pages.flows(epoch, ask), epoch, head),
  }),
] as const
