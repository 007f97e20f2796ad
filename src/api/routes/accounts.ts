import Type from 'typebox'
import { parseAccountKey } from '../../../consensus/account.ts'
import { found, foundEpoch } from '../found.ts'
import { json, route } from '../route.ts'
import { accountStatus, authorStatus } from '../schema/account.ts'
import { pageFields, pageOf } from '../schema/page.ts'
import { payout } from '../schema/payout.ts'
import { accountPayout, payoutsFrom } from '../schema/payouts.ts'
import { recordStatus } from '../schema/record.ts'
import { position } from '../schema/validator.ts'
import { account, epoch } from '../schema/words.ts'

const tag = 'accounts'
const ofAccount = { account, ...pageFields }

export const accountRoutes = [
  route({
    method: 'GET',
    path: '/v1/payouts',
    tag,
    does: 'Every account at the newest epoch, or those that were paid in one; by account. `epoch` is that of the page.',
    fields: { epoch: Type.Optional(epoch), ...pageFields },
    answer: json(Type.Object({ epoch, payoutsFrom, ...pageOf(accountPayout).properties })),
    refusals: ['not-yet', 'not-found'],
    cost: 5,
    handle: async ({ pages, head }, { epoch, ...ask }) =>
      foundEpoch(await pages.accounts(epoch, ask), epoch ?? 0, head),
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
    path: '/v1/accounts/{account}/payouts',
    tag,
    does: 'What an account was paid, the newest first.',
    fields: ofAccount,
    answer: json(pageOf(payout)),
    cost: 5,
    handle: ({ pages }, { account, ...ask }) => pages.payoutsTo(parseAccountKey(account, 'account'), ask),
  }),
  route({
    method: 'GET',
    path: '/v1/accounts/{account}/records',
    tag,
    does: 'What an account wrote, the newest first, pending ones included.',
    fields: ofAccount,
    answer: json(pageOf(recordStatus)),
    cost: 2,
    handle: ({ pages }, { account, ...ask }) => pages.recordsBy(parseAccountKey(account, 'account'), ask),
  }),
  route({
    method: 'GET',
    path: '/v1/accounts/{account}/stake',
    tag,
    does: 'What an account has bonded, by validator.',
    fields: ofAccount,
    answer: json(pageOf(position)),
    cost: 2,
    handle: ({ pages }, { account, ...ask }) => pages.positionsOf(parseAccountKey(account, 'account'), ask),
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
