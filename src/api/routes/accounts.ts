import Type from 'typebox'
import { parseAccountKey } from '../../../consensus/account.ts'
import { found } from '../found.ts'
import { json, route } from '../route.ts'
import { accountStatus, authorStatus } from '../schema/account.ts'
import { payouts } from '../schema/payouts.ts'
import { account, epoch } from '../schema/words.ts'

const tag = 'accounts'

export const accountRoutes = [
  route({
    method: 'GET',
    path: '/v1/payouts',
    tag,
    does: 'Every account at the newest epoch, or those that were paid in one; all at once.',
    fields: { epoch: Type.Optional(epoch) },
    answer: json(payouts),
    refusals: ['not-yet'],
    cost: 20,
    handle: ({ view }, { epoch }) => view.payouts(epoch),
  }),
  route({
    method: 'GET',
    path: '/v1/accounts/{account}',
    tag,
    does: 'An account as it stands.',
    fields: { account },
    answer: json(accountStatus),
    refusals: ['not-found'],
    handle: async ({ view }, { account }) => found(await view.account(parseAccountKey(account, 'account')), account),
  }),
  route({
    method: 'GET',
    path: '/v1/authors/{account}',
    tag,
    does: "Where an author's chain of batches ends, and what is held on top of it.",
    fields: { account },
    answer: json(authorStatus),
    handle: ({ view }, { account }) => view.author(parseAccountKey(account, 'account')),
  }),
] as const
