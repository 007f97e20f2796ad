import type { EpochSummary, FinalBatch } from '../../api/schema/epoch.ts'
import type { Payout } from '../../api/schema/payout.ts'
import type { ApiClient } from '../../client/index.ts'
import { allPages } from '../all-pages.ts'
import { useSurroundings } from '../context.ts'
import { Amount } from '../parts/amount.tsx'
import { Answered } from '../parts/answered.tsx'
import { EpochLink } from '../parts/epoch-link.tsx'
import { Facts, Figures } from '../parts/facts.tsx'
import { Code, Id } from '../parts/id.tsx'
import { type Column, Table } from '../parts/table.tsx'
import { When } from '../parts/when.tsx'
import { useAnswer } from '../use-answer.ts'
import { counted, countText } from '../words.ts'
import { Page, Section } from './page.tsx'

const rowsMax = 200
/** Of all payouts the largest are shown. */
const gatheredMax = 5_000

export function Epoch({ epoch }: { readonly epoch: number }) {
  const { api, head } = useSurroundings()
  const summary = useAnswer(`${epoch}`, 0, signal => api.get('/v1/epochs/{epoch}', { epoch }, { signal }))
  const newest = head.status?.epoch ?? 0
  return (
    <Page title={`Epoch ${countText(epoch)}`} kind="epoch">
      <p class="pager">
        {epoch > 1 && <EpochLink of={epoch - 1} text={`← ${countText(epoch - 1)}`} />}
        {epoch < newest && <EpochLink of={epoch + 1} text={`${countText(epoch + 1)} →`} />}
      </p>
      <Answered answer={summary} what="this epoch">
        {known => (
          <>
            <Sums of={known} />
            <Paid epoch={epoch} />
            <Batches epoch={epoch} />
            <Agreement epoch={epoch} known={known} />
          </>
        )}
      </Answered>
    </Page>
  )
}

function Sums({ of: { time, totals, usage } }: { readonly of: EpochSummary }) {
  return (
    <Figures
      of={[
        { name: 'Agreed at', value: <When ms={time} /> },
        { name: 'Fees', value: <Amount of={totals.fees} /> },
        { name: 'Paid out', value: <Amount of={totals.paid} /> },
        { name: 'Inferences', value: countText(usage.inferences) },
        { name: 'Actions', value: countText(usage.actions) },
        { name: 'Accounts paid', value: countText(usage.paid) },
      ]}
    />
  )
}

function Paid({ epoch }: { readonly epoch: number }) {
  const { api } = useSurroundings()
  const payouts = useAnswer(`${epoch}`, 0, signal =>
    allPages(gatheredMax, page => api.get('/v1/epochs/{epoch}/payouts', { epoch, ...page }, { signal })),
  )
  return (
    <Section title="Payouts">
      <Answered answer={payouts} what="the payouts">
        {({ items, isCut }) => {
          const ranked = [...items].sort((a, b) => b.amount - a.amount)
          return (
            <>
              <Table
                caption="Accounts that this epoch paid"
                columns={payoutColumns}
                rows={ranked.slice(0, rowsMax)}
                keyOf={({ account }) => account}
                empty="Nobody was paid in this epoch."
              />
              <Cut shown={rowsMax} of={items.length} isCut={isCut} />
            </>
          )
        }}
      </Answered>
    </Section>
  )
}

function Batches({ epoch }: { readonly epoch: number }) {
  const { api } = useSurroundings()
  const batches = useAnswer(`${epoch}`, 0, signal =>
    allPages(rowsMax, page => api.get('/v1/epochs/{epoch}/batches', { epoch, ...page }, { signal })),
  )
  return (
    <Section title="Batches">
      <Answered answer={batches} what="the batches">
        {({ items, isCut }) => (
          <>
            <Table
              caption="Batches that this epoch made final"
              columns={batchColumns}
              rows={items}
              keyOf={({ cid }) => cid}
              empty="Nobody wrote anything in this epoch."
            />
            <Cut shown={rowsMax} of={items.length} isCut={isCut} />
          </>
        )}
      </Answered>
    </Section>
  )
}

/** Says where a table ends before the list does. */
function Cut({ shown, of, isCut }: { readonly shown: number; readonly of: number; readonly isCut: boolean }) {
  if (of <= shown && !isCut) return null
  return (
    <p class="aside">
      The first {countText(Math.min(shown, of))} of {isCut ? `more than ${countText(of)}` : countText(of)}.
    </p>
  )
}

const payoutColumns: readonly Column<Payout>[] = [
  { name: 'Account', cell: ({ account }) => <Id of={account} /> },
  { name: 'Paid', isNumber: true, cell: ({ amount }) => <Amount of={amount} /> },
  { name: 'Credit after', isNumber: true, cell: ({ credit }) => <Amount of={credit} /> },
]

const batchColumns: readonly Column<FinalBatch>[] = [
  { name: 'Batch', cell: ({ cid }) => <Id of={cid} /> },
  { name: 'Author', cell: ({ author }) => <Id of={author} /> },
  { name: 'Seq', isNumber: true, isSpare: true, cell: ({ seq }) => countText(seq) },
  { name: 'Records', isNumber: true, cell: ({ codes }) => countText(codes.length / 2) },
]

/** A line of the export of checkpoints; the stake is a decimal in OPEN. */
interface CheckpointLine {
  readonly round: number
  readonly signers: readonly { readonly account: string; readonly stake: string }[]
}

/** Round and signers of an epoch's certificate. */
async function certificateOf(api: ApiClient, epoch: number, signal: AbortSignal): Promise<CheckpointLine | undefined> {
  const lines = api.lines('/v1/export/{what}', { what: 'checkpoints', from: epoch, to: epoch }, { signal })
  for await (const line of lines) return line as unknown as CheckpointLine
  return undefined
}

function Agreement({ epoch, known }: { readonly epoch: number; readonly known: EpochSummary }) {
  const { api } = useSurroundings()
  const certificate = useAnswer(`${epoch}`, 0, signal => certificateOf(api, epoch, signal))
  const { cid, roots, totals } = known
  return (
    <Section title="Checkpoint" lead="What the validators agreed on. Its id commits to everything on this page.">
      <Facts
        of={[
          { name: 'Checkpoint', value: <Code of={cid} what="the checkpoint’s id" short={false} /> },
          { name: 'Root of batches', value: <Code of={roots.batches} what="the root of batches" /> },
          { name: 'Root of flows', value: <Code of={roots.flow} what="the root of flows" /> },
          { name: 'Root of payouts', value: <Code of={roots.payout} what="the root of payouts" /> },
          { name: 'Root of the state', value: <Code of={roots.state} what="the root of the state" /> },
          { name: 'Waiting for attribution', value: <Amount of={totals.waiting} /> },
          { name: 'Earned by stake, not settled', value: <Amount of={totals.accrued} /> },
          { name: 'Treasury', value: <Amount of={totals.treasury} /> },
        ]}
      />
      <Answered answer={certificate} what="the certificate">
        {line =>
          line === undefined ? <p class="empty">The node has no certificate of it.</p> : <Signers line={line} />
        }
      </Answered>
    </Section>
  )
}

function Signers({ line: { round, signers } }: { readonly line: CheckpointLine }) {
  return (
    <>
      <p>
        Signed by {counted(signers.length, 'validator')} in round {countText(round)}.
      </p>
      <Table
        caption="Validators that signed the checkpoint"
        columns={[
          { name: 'Validator', cell: ({ account }) => <Id of={account} /> },
          { name: 'Stake', isNumber: true, cell: ({ stake }) => <span class="amount">{stake} OPEN</span> },
        ]}
        rows={signers}
        keyOf={({ account }) => account}
        empty="Nobody."
      />
    </>
  )
}
