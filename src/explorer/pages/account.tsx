import { useMemo, useState } from 'preact/hooks'
import type { AssetStatus } from '../../api/schema/asset.ts'
import type { Payout } from '../../api/schema/payout.ts'
import { allPages } from '../all-pages.ts'
import { useSurroundings } from '../context.ts'
import { Amount } from '../parts/amount.tsx'
import { Answered } from '../parts/answered.tsx'
import type { Point } from '../parts/bars.ts'
import { Chart } from '../parts/chart.tsx'
import { EpochLink } from '../parts/epoch-link.tsx'
import { Figures } from '../parts/facts.tsx'
import { Code, Id } from '../parts/id.tsx'
import { RecordTable } from '../parts/record-table.tsx'
import { type Column, Table } from '../parts/table.tsx'
import { Why } from '../parts/why.tsx'
import { hrefOf } from '../place.ts'
import { useAnswer } from '../use-answer.ts'
import { amountText, counted, countText, shortId } from '../words.ts'
import { Page, Section } from './page.tsx'

const payoutsMax = 500
const shownMax = 20
const assetsMax = 200
const recordsShown = 10

export function Account({ account }: { readonly account: string }) {
  const { api, nameOf } = useSurroundings()
  const status = useAnswer(account, 0, signal => api.get('/v1/accounts/{account}', { account }, { signal }))
  return (
    <Page title={nameOf(account) ?? shortId(account)} kind="account">
      <p>
        <Code of={account} what="the account" short={false} />
      </p>
      <Answered answer={status} what="this account">
        {({ balance, credit, accrued, seq, epoch }) => (
          <>
            <Figures
              of={[
                { name: 'Credit: earned ever', value: <Amount of={credit} /> },
                { name: 'Balance', value: <Amount of={balance} /> },
                ...(accrued === 0 ? [] : [{ name: 'Earned by stake, not settled', value: <Amount of={accrued} /> }]),
                { name: 'As of epoch', value: epoch === 0 ? 'the genesis' : <EpochLink of={epoch} /> },
              ]}
            />
            <p class="verify">
              <a class="button" href={hrefOf({ page: 'verify', account })}>
                Verify in this browser
              </a>
              <span>So far these figures are this node’s word. The page can prove them without believing it.</span>
            </p>
            <Payouts account={account} />
            <Section title="Why" lead="Where its money came from, down to the records; each line opens.">
              <Why subject={account} />
            </Section>
            <Owned account={account} />
            <Written account={account} batches={seq} />
          </>
        )}
      </Answered>
    </Page>
  )
}

function Payouts({ account }: { readonly account: string }) {
  const { api } = useSurroundings()
  const payouts = useAnswer(account, 0, signal =>
    allPages(payoutsMax, page => api.get('/v1/accounts/{account}/payouts', { account, ...page }, { signal })),
  )
  const [isLong, setLong] = useState(false)
  const points = useMemo(() => pointsOf(payouts.value?.items ?? []), [payouts.value])
  return (
    <Section title="Payouts over time">
      <Answered answer={payouts} what="the payouts">
        {({ items, isCut }) => (
          <>
            {items.length > 0 && (
              <Chart
                title="Paid per epoch"
                isTold
                points={points}
                textOf={value => `${amountText(value)} OPEN`}
                axisOf={amountText}
              />
            )}
            <Table
              caption="Payouts, the newest first"
              columns={payoutColumns}
              rows={isLong ? items : items.slice(0, shownMax)}
              keyOf={({ epoch }) => epoch}
              empty="It was never paid for anything."
            />
            {!isLong && items.length > shownMax && (
              <button type="button" onClick={() => setLong(true)}>
                Show {countText(items.length - shownMax)} more
              </button>
            )}
            {isCut && <p class="aside">These are the newest {countText(payoutsMax)}; there are more.</p>}
          </>
        )}
      </Answered>
    </Section>
  )
}

function pointsOf(payouts: readonly Payout[]): Point[] {
  return payouts.map(({ epoch, amount }) => ({ epoch, from: epoch, value: amount })).reverse()
}

const payoutColumns: readonly Column<Payout>[] = [
  { name: 'Epoch', cell: ({ epoch }) => <EpochLink of={epoch} /> },
  { name: 'For', cell: ({ lines }) => [...new Set(lines.map(({ role }) => roleTexts[role]))].join(', ') },
  { name: 'Paid', isNumber: true, cell: ({ amount }) => <Amount of={amount} /> },
  { name: 'Credit after', isNumber: true, isSpare: true, cell: ({ credit }) => <Amount of={credit} /> },
]

const roleTexts: Readonly<Record<Payout['lines'][number]['role'], string>> = {
  operator: 'validating',
  delegator: 'stake',
  executor: 'executing',
  builder: 'building',
  owner: 'a datanet',
  origin: 'contributing',
  refiner: 'refining',
}

function Owned({ account }: { readonly account: string }) {
  const { api } = useSurroundings()
  const assets = useAnswer(account, 0, signal =>
    allPages(assetsMax, page => api.get('/v1/assets', { owner: account, ...page }, { signal })),
  )
  return (
    <Section title="Its assets">
      <Answered answer={assets} what="its assets">
        {({ items, isCut }) => (
          <>
            <Table
              caption="Assets of the account"
              columns={assetColumns}
              rows={items}
              keyOf={({ ref }) => ref}
              empty="It owns no asset."
            />
            {isCut && <p class="aside">These are {countText(assetsMax)} of them; there are more.</p>}
          </>
        )}
      </Answered>
    </Section>
  )
}

const assetColumns: readonly Column<AssetStatus>[] = [
  { name: 'Asset', cell: ({ ref, name }) => <Id of={ref} text={name} /> },
  { name: 'Kind', cell: ({ kind }) => kind },
  { name: 'In', cell: ({ datanet }) => (datanet === undefined ? '–' : <Id of={datanet} />) },
]

function Written({ account, batches }: { readonly account: string; readonly batches: number }) {
  const { api } = useSurroundings()
  const records = useAnswer(account, 0, signal =>
    api.get('/v1/accounts/{account}/records', { account, limit: recordsShown }, { signal }),
  )
  return (
    <Section title="Its newest records" lead={`It has written ${counted(batches, 'batch', 'batches')}.`}>
      <Answered answer={records} what="its records">
        {({ items }) => (
          <RecordTable caption="Newest records of the account" records={items} empty="It wrote nothing yet." />
        )}
      </Answered>
    </Section>
  )
}
