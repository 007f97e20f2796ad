import { useState } from 'preact/hooks'
import type { AccountPayout } from '../../api/node-view.ts'
import { allPages } from '../all-pages.ts'
import { useSurroundings } from '../context.ts'
import { Amount } from '../parts/amount.tsx'
import { Answered } from '../parts/answered.tsx'
import { EpochLink } from '../parts/epoch-link.tsx'
import { Id } from '../parts/id.tsx'
import { type Column, Table } from '../parts/table.tsx'
import { useAnswer } from '../use-answer.ts'
import { counted, countText } from '../words.ts'
import { Page } from './page.tsx'

const accountsMax = 5_000
const pageRows = 50

export function Accounts() {
  const { api } = useSurroundings()
  const accounts = useAnswer('accounts', 0, signal =>
    allPages(accountsMax, page => api.get('/v1/payouts', page, { signal })),
  )
  const [shown, setShown] = useState(pageRows)
  return (
    <Page title="Accounts">
      <p class="lead">
        Who earned most comes first. Credit is everything an account was ever paid for what it brought.
      </p>
      <Answered answer={accounts} what="the accounts">
        {({ items, isCut }) => {
          const ranked = [...items].sort((a, b) => b.credit - a.credit)
          return (
            <>
              <p class="aside">
                {isCut
                  ? `There are more than ${countText(accountsMax)} accounts: these are some of them.`
                  : counted(items.length, 'account')}
              </p>
              <Table
                caption="Accounts by credit"
                columns={columns}
                rows={ranked.slice(0, shown)}
                keyOf={({ account }) => account}
                empty="There is no account yet."
              />
              {ranked.length > shown && (
                <button type="button" onClick={() => setShown(shown + pageRows)}>
                  Show {Math.min(pageRows, ranked.length - shown)} more
                </button>
              )}
            </>
          )
        }}
      </Answered>
    </Page>
  )
}

const columns: readonly Column<AccountPayout>[] = [
  { name: 'Account', cell: ({ account }) => <Id of={account} /> },
  { name: 'Credit', isNumber: true, cell: ({ credit }) => <Amount of={credit} /> },
  {
    name: 'Balance',
    isNumber: true,
    isSpare: true,
    cell: ({ balance }) => (balance === null ? '–' : <Amount of={balance} />),
  },
  {
    name: 'Last payout',
    isNumber: true,
    cell: ({ payout }) => (payout === null ? '–' : <Amount of={payout.amount} />),
  },
  {
    name: 'In epoch',
    isNumber: true,
    isSpare: true,
    cell: ({ payout }) => (payout === null ? '–' : <EpochLink of={payout.epoch} />),
  },
]
