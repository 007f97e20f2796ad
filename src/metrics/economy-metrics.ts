import type { EconomyFigures } from './economy/economy.ts'
import { type MetricsGroup, open } from './metrics-source.ts'

/** How much the ledger is used, and by whom: what it is for. */
export const economyMetrics: MetricsGroup = (to, source) => {
  const figures = (): EconomyFigures => source.economy.figures()
  to.begin('Economy')
  to.gauge('economy_epoch', 'The newest epoch that the figures of the economy count.', () => figures().epoch)
  to.gauge('economy_first_epoch', 'The first one that its sums count.', () => figures().since)
  to.counter('economy_inferences_total', 'Paid inferences.', () => figures().sums.inferences)
  to.counter('economy_actions_total', 'Paid actions of agents.', () => figures().sums.actions)
  to.counter('economy_fees_open_total', 'Fees that were settled, in OPEN.', () => open(figures().sums.fees))
  to.counter('economy_paid_open_total', 'What was paid out to accounts, in OPEN.', () => open(figures().sums.paid))
  to.gauge('economy_epoch_inferences', 'Paid inferences of the newest epoch.', () => figures().usage.inferences)
  to.gauge('economy_epoch_actions', 'Paid actions of the newest epoch.', () => figures().usage.actions)
  to.gauge('economy_epoch_payers', 'Accounts whose fees it settled.', () => figures().usage.payers)
  to.gauge('economy_epoch_payees', 'Accounts that it settled fees for.', () => figures().usage.payees)
  to.gauge('economy_epoch_paid_accounts', 'Accounts that it paid.', () => figures().usage.paid)
  to.gauge('economy_epoch_fees_open', 'Fees that it settled, in OPEN.', () => open(figures().totals.fees))
  to.gauge('economy_payers', 'Accounts that paid for work in the last 7 days.', () => figures().payers)
  to.gauge('economy_recurring_payers', 'Accounts that paid for work on at least 2 of the last 7 days.', () => {
    return figures().recurringPayers
  })
  to.gauge(
    'economy_funded_fees_ratio',
    'Part of the fees of the last 7 days whose payer had OPEN from its payee, or is its payee.',
    () => figures().fundedShare,
  )
  to.gauge('economy_earners', 'Accounts that were paid in the last 7 days.', () => figures().earners)
  to.gauge(
    'economy_payouts_gini_ratio',
    'Gini coefficient of what these accounts were paid: 0 is all the same, towards 1 is all to one.',
    () => figures().gini,
  )
  to.gauge('economy_partial', '1 where there are more accounts than the figures of the last days keep apart.', () => {
    return figures().isPartial ? 1 : 0
  })
  return undefined
}
