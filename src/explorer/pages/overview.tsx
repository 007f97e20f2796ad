import { useMemo, useState } from 'preact/hooks'
import type { NodeStatus } from '../../api/node-view.ts'
import type { Busy, UsageSeries, UsageSpan } from '../../api/schema/usage.ts'
import { useSurroundings } from '../context.ts'
import { Amount } from '../parts/amount.tsx'
import { Answered } from '../parts/answered.tsx'
import type { Point } from '../parts/bars.ts'
import { Chart } from '../parts/chart.tsx'
import { EpochLink } from '../parts/epoch-link.tsx'
import { Figures } from '../parts/facts.tsx'
import { Id } from '../parts/id.tsx'
import { type Column, Table } from '../parts/table.tsx'
import { When } from '../parts/when.tsx'
import { hrefOf } from '../place.ts'
import { usageSpan } from '../usage-span.ts'
import { useAnswer } from '../use-answer.ts'
import { amountText, countText } from '../words.ts'
import { Page, Section } from './page.tsx'

const ranges = [60, 600, 6_000] as const
const busiestEpochsMax = 1_000
const recentMax = 12

export function Overview() {
  const { status } = useSurroundings().head
  return (
    <Page title="The network now">
      {status === undefined ? (
        <p class="loading" role="status">
          Asking the node…
        </p>
      ) : (
        <Network status={status} />
      )}
    </Page>
  )
}

/** Without a status nobody knows whether an epoch is final: then there is none of this. */
function Network({ status }: { readonly status: NodeStatus }) {
  const { api } = useSurroundings()
  const [range, setRange] = useState<number>(ranges[0])
  const { epoch } = status
  const span = usageSpan(epoch, range)
  const usage = useAnswer(`${range}`, span?.to ?? 0, signal =>
    span === undefined ? nothingYet : api.get('/v1/usage', span, { signal }),
  )
  return (
    <>
      <HeadFigures status={status} />
      <Section title="Use">
        <fieldset class="choice">
          <legend class="unseen">How far back</legend>
          {ranges.map(epochs => (
            <button key={epochs} type="button" aria-pressed={epochs === range} onClick={() => setRange(epochs)}>
              {countText(epochs)} epochs
            </button>
          ))}
        </fieldset>
        <Answered answer={usage} what="the use">
          {series =>
            series.spans.length === 0 ? <p class="empty">No epoch is final yet.</p> : <Charts series={series} />
          }
        </Answered>
      </Section>
      <BusiestModels epoch={epoch} epochs={Math.min(range, busiestEpochsMax)} />
      <Answered answer={usage} what="the epochs">
        {series => <RecentEpochs series={series} newest={epoch} />}
      </Answered>
    </>
  )
}

const nothingYet = Promise.resolve<UsageSeries>({ from: 0, to: 0, spans: [] })

function HeadFigures({ status }: { readonly status: NodeStatus }) {
  const { api } = useSurroundings()
  const { epoch, time, peers, pending } = status
  const supply = useAnswer('supply', Math.floor(epoch / 10), signal => api.get('/v1/supply', {}, { signal }))
  return (
    <Figures
      of={[
        { name: 'Newest final epoch', value: epoch === 0 ? 'none yet' : <EpochLink of={epoch} /> },
        { name: 'Agreed at', value: time === null ? '–' : <When ms={time} /> },
        { name: 'Supply', value: supply.value === undefined ? '…' : <Amount of={supply.value.now} /> },
        { name: 'In the treasury', value: supply.value === undefined ? '…' : <Amount of={supply.value.treasury} /> },
        { name: 'Peers of this node', value: countText(peers) },
        { name: 'Batches waiting', value: countText(pending.batches) },
      ]}
    />
  )
}

function Charts({ series }: { readonly series: UsageSeries }) {
  const drawn = useMemo(() => chartsOf(series.spans), [series])
  return (
    <div class="charts">
      {drawn.map(chart => (
        <Chart key={chart.title} {...chart} />
      ))}
    </div>
  )
}

const open = (value: number) => `${amountText(value)} OPEN`

function chartsOf(spans: readonly UsageSpan[]) {
  const points = (value: (span: UsageSpan) => number): Point[] =>
    spans.map(span => ({ epoch: span.to, from: span.from, value: value(span) }))
  const counting = { textOf: countText, axisOf: countText }
  const money = { textOf: open, axisOf: amountText }
  return [
    { title: 'Models executed', points: points(span => span.inferences), ...counting },
    { title: 'Agents acted', points: points(span => span.actions), ...counting },
    { title: 'Payouts to accounts', points: points(span => span.payouts), ...counting },
    { title: 'Fees paid by users', points: points(span => span.fees), ...money },
  ]
}

function BusiestModels({ epoch, epochs }: { readonly epoch: number; readonly epochs: number }) {
  const { api } = useSurroundings()
  const key = Math.floor(epoch / 10)
  const isReady = epoch > 0
  const busiest = useAnswer(`${epochs} ${isReady}`, key, async signal =>
    isReady
      ? await api.get('/v1/usage/busiest', { from: Math.max(1, epoch - epochs + 1), to: epoch, limit: 8 }, { signal })
      : undefined,
  )
  return (
    <Section title="Busiest models and agents" lead={`By fees over the last ${countText(epochs)} epochs.`}>
      <Answered answer={busiest} what="the models">
        {answer => (
          <Table
            caption="Busiest models and agents"
            columns={busyColumns}
            rows={answer?.busiest ?? []}
            keyOf={({ ref }) => ref}
            empty="Nobody has paid for an inference or an action in these epochs."
          />
        )}
      </Answered>
      <p>
        <a href={hrefOf({ page: 'assets' })}>All assets</a>
      </p>
    </Section>
  )
}

const busyColumns: readonly Column<Busy>[] = [
  { name: 'Name', cell: ({ ref, name }) => <Id of={ref} text={name} /> },
  { name: 'Kind', cell: ({ kind }) => kind },
  { name: 'Times', isNumber: true, cell: ({ times }) => countText(times) },
  { name: 'Fees', isNumber: true, cell: ({ fees }) => <Amount of={fees} /> },
]

function RecentEpochs({ series, newest }: { readonly series: UsageSeries; readonly newest: number }) {
  const isSingle = series.spans.every(({ from, to }) => from === to)
  const recent = isSingle ? series.spans.slice(-recentMax).reverse() : []
  return (
    <Section title="Newest epochs">
      {isSingle ? (
        <Table
          caption="Newest epochs"
          columns={epochColumns}
          rows={recent}
          keyOf={({ to }) => to}
          empty="No epoch is final yet."
        />
      ) : (
        <p>
          The newest is <EpochLink of={newest} />. Choose 60 epochs above to see each.
        </p>
      )}
    </Section>
  )
}

const epochColumns: readonly Column<UsageSpan>[] = [
  { name: 'Epoch', cell: ({ to }) => <EpochLink of={to} /> },
  { name: 'Agreed at', isSpare: true, cell: ({ time }) => <When ms={time} /> },
  { name: 'Inferences', isNumber: true, cell: ({ inferences }) => countText(inferences) },
  { name: 'Actions', isNumber: true, isSpare: true, cell: ({ actions }) => countText(actions) },
  { name: 'Accounts paid', isNumber: true, cell: ({ payouts }) => countText(payouts) },
  { name: 'Paid out', isNumber: true, cell: ({ paid }) => <Amount of={paid} /> },
]
