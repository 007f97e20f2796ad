import type { Command } from 'commander'
import type { Names } from '../../api/names.ts'
import { inverted } from '../../api/names.ts'
import type { AccountPayout, Payouts } from '../../api/node-view.ts'
import { openText } from '../../decimal.ts'
import { parseEpoch } from '../arguments.ts'
import { addCommand, answers, parsedOption } from '../command.ts'
import type { Output } from '../output.ts'
import { table } from '../table.ts'
import { type ViewOptions, viewOptions, withView } from '../view.ts'

interface PayoutsOptions extends ViewOptions {
  readonly epoch?: number
}

/** One account as the command prints it: amounts are decimals in OPEN. */
export interface PayoutLine {
  readonly account: string
  readonly label?: string
  readonly balance?: string
  readonly credit: string
  readonly accrued?: string
  readonly payout?: { readonly epoch: number; readonly amount: string }
}

export function payoutsCommand(program: Command, output: Output): void {
  const command = addCommand(program, {
    name: 'payouts',
    does: 'credit, balance and last payout of every account',
    examples: ['openledger payouts --data ./node', 'openledger payouts --api http://127.0.0.1:8650 --epoch 12 --json'],
  }).addOption(
    parsedOption('--epoch <n>', 'only the accounts paid in that epoch, and what they were paid in it', parseEpoch),
  )
  answers<PayoutsOptions>(viewOptions(command), output, (_, options) =>
    withView(options, async (view, names) => {
      const payouts = await view.payouts(options.epoch)
      const accounts = payoutLines(payouts, names)
      const { epoch, payoutsFrom } = payouts
      return { data: { epoch, payoutsFrom, accounts }, text: payoutsText(payouts, accounts) }
    }),
  )
}

const nothing = openText(0)

export function payoutLines({ accounts }: Payouts, names: Names): PayoutLine[] {
  const labels = inverted(names.actors)
  return accounts.map(account => payoutLine(account, labels.get(account.account)))
}

function payoutLine(
  { account, balance, credit, accrued, payout }: AccountPayout,
  label: string | undefined,
): PayoutLine {
  return {
    account,
    ...(label === undefined ? {} : { label }),
    ...(balance === null ? {} : { balance: openText(balance) }),
    credit: openText(credit),
    ...(accrued === null ? {} : { accrued: openText(accrued) }),
    ...(payout === null ? {} : { payout: { epoch: payout.epoch, amount: openText(payout.amount) } }),
  }
}

function payoutsText({ epoch, payoutsFrom }: Payouts, accounts: readonly PayoutLine[]): string {
  const head = ['account', 'credit', 'balance', 'accrued', 'last payout', 'in epoch']
  const rows = accounts.map(({ account, label, credit, balance = '', accrued = '', payout }) => [
    label === undefined ? account : `${label} ${account}`,
    credit,
    balance,
    accrued,
    payout?.amount ?? '',
    payout?.epoch.toString() ?? (credit === nothing ? '' : `before ${payoutsFrom}`),
  ])
  return `At epoch ${epoch}, in OPEN:\n${table(head, rows, [1, 2, 3, 4, 5])}`
}
