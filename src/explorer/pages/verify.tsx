import { useEffect, useRef, useState } from 'preact/hooks'
import { Cid, LedgerError, parseAccountKey } from '../../../consensus/light/index.ts'
import { useSurroundings } from '../context.ts'
import { Amount } from '../parts/amount.tsx'
import { CheckList } from '../parts/check-list.tsx'
import { EpochLink } from '../parts/epoch-link.tsx'
import { Figures } from '../parts/facts.tsx'
import { Code, Id } from '../parts/id.tsx'
import { ProvedTree } from '../parts/proved-tree.tsx'
import { type Column, Table } from '../parts/table.tsx'
import { type Check, FailedCheck } from '../verify/check.ts'
import { type ProvedEpoch, type Verified, verifyAccount } from '../verify/verify-account.ts'
import { counted, countText } from '../words.ts'
import { Page, Section } from './page.tsx'

interface Run {
  readonly checks: readonly Check[]
  readonly outcome: 'running' | 'passed' | 'unproved' | 'failed' | 'stopped'
  readonly verified?: Verified
}

interface Wanted {
  readonly trust: string
  readonly epochs: number
  readonly deep: number
}

const depths = [
  { epochs: 100, deep: 3, text: 'the last 100 epochs, the last 3 payouts down to the records' },
  { epochs: 1_000, deep: 20, text: 'the last 1 000 epochs, the last 20 payouts down to the records' },
  { epochs: Number.MAX_SAFE_INTEGER, deep: Number.MAX_SAFE_INTEGER, text: 'everything, which may take long' },
] as const

export function Verify({ account }: { readonly account: string }) {
  const { api } = useSurroundings()
  const [run, setRun] = useState<Run>()
  const stop = useRef<AbortController>(undefined)
  useEffect(() => () => stop.current?.abort(), [])
  const start = async ({ trust, ...how }: Wanted) => {
    stop.current?.abort()
    const gone = new AbortController()
    stop.current = gone
    let checks: readonly Check[] = []
    const tell = (next: Omit<Run, 'checks'>): void => {
      if (stop.current === gone) setRun({ checks, ...next })
    }
    const watch = (all: readonly Check[]): void => {
      checks = all
      tell({ outcome: 'running' })
    }
    watch([])
    try {
      const ids = { account: parseAccountKey(account), trust: Cid.fromText(trust) }
      const verified = await verifyAccount({ api, ...ids, ...how, nowMs: Date.now(), signal: gone.signal, watch })
      tell({ outcome: 'passed', verified })
    } catch (error) {
      if (!(error instanceof FailedCheck || error instanceof LedgerError)) throw error
      if (error instanceof LedgerError)
        checks = [{ claim: 'What you gave is an id', state: 'failed', detail: error.message, steps: [] }]
      const isUnproved = error instanceof FailedCheck && !error.isWrong
      tell({ outcome: gone.signal.aborted ? 'stopped' : isUnproved ? 'unproved' : 'failed' })
    }
  }
  return (
    <Page title="Verify in this browser" kind="account">
      <p class="lead">
        For <Id of={account} />. This page does what a light node does: it follows the validators’ signatures from a
        block that you trust, and proves the account’s figures from there, whatever the node says.
      </p>
      <TrustForm isRunning={run?.outcome === 'running'} onStart={start} onStop={() => stop.current?.abort()} />
      {run !== undefined && <Report run={run} />}
      <Limits />
    </Page>
  )
}

interface TrustFormProps {
  readonly isRunning: boolean
  onStart(wanted: Wanted): void
  onStop(): void
}

function TrustForm({ isRunning, onStart, onStop }: TrustFormProps) {
  const { head } = useSurroundings()
  const [trust, setTrust] = useState<string>()
  const [depth, setDepth] = useState(0)
  const chain = head.status?.chain
  const shown = trust ?? chain ?? ''
  const isNodes = chain !== undefined && shown.trim() === chain
  const { epochs, deep } = depths[depth]!
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    onStart({ trust: shown.trim(), epochs, deep })
  }
  return (
    <form class="trust" onSubmit={submit}>
      <label>
        <span>The id of the genesis, or of a checkpoint, that you trust</span>
        <input
          type="text"
          required
          value={shown}
          onInput={event => setTrust(event.currentTarget.value)}
          spellcheck={false}
          autocomplete="off"
          aria-describedby="trust-source"
        />
      </label>
      <p id="trust-source" class={isNodes ? 'warning' : 'aside'}>
        {isNodes
          ? 'This is the genesis that the node itself names. Compare it with what somebody you trust sees, or paste theirs: everything below rests on it.'
          : 'Your own: the node has to prove everything from there.'}
      </p>
      <label>
        <span>How much</span>
        <select value={depth} onChange={event => setDepth(Number(event.currentTarget.value))}>
          {depths.map(({ text }, i) => (
            <option key={text} value={i}>
              {text}
            </option>
          ))}
        </select>
      </label>
      <p>
        <button type="submit" class="button" disabled={isRunning || shown === ''}>
          {isRunning ? 'Verifying…' : 'Verify'}
        </button>{' '}
        {isRunning && (
          <button type="button" onClick={onStop}>
            Stop
          </button>
        )}
      </p>
    </form>
  )
}

function Report({ run: { checks, outcome, verified } }: { readonly run: Run }) {
  return (
    <Section title="Checks">
      <CheckList checks={checks} />
      <p class={`verdict ${outcome}`} role="status">
        {verdictText(outcome, verified?.shownFrom)}
      </p>
      {verified !== undefined && <Proved verified={verified} />}
    </Section>
  )
}

function verdictText(outcome: Run['outcome'], shownFrom: number | undefined): string {
  switch (outcome) {
    case 'running':
      return 'Checking…'
    case 'passed':
      return shownFrom === undefined
        ? 'Proved: every check passed.'
        : `Proved as far back as this node shows, from epoch ${countText(shownFrom)} on: every check passed.`
    case 'unproved':
      return 'Not proved: this node doesn’t show what the check needs. That makes it no liar, but nothing after that check is proved: try again later, or ask another node.'
    case 'failed':
      return 'Not proved: a check failed. Don’t rely on what this node says about the account.'
    case 'stopped':
      return 'Stopped before the end: only what is listed as passed is proved.'
  }
}

function Proved({ verified }: { readonly verified: Verified }) {
  const { epoch, checkpoint, balance, credit, payouts, before, shownFrom } = verified
  const walked = payouts.filter(({ root }) => root !== undefined)
  return (
    <>
      <h3>What is proved</h3>
      <Figures
        of={[
          { name: 'Credit: earned ever', value: <Amount of={credit} /> },
          { name: 'Balance', value: <Amount of={balance} /> },
          { name: 'As of epoch', value: <EpochLink of={epoch} /> },
        ]}
      />
      <p>
        Checkpoint <Code of={checkpoint} what="the checkpoint’s id" />: keep it, and begin from it the next time.
      </p>
      <Table
        caption="Proved payouts"
        columns={columns}
        rows={payouts}
        keyOf={each => each.epoch}
        empty="It was paid nothing in these epochs."
      />
      {before > 0 && (
        <p class="aside">
          <Amount of={before} /> were earned in epochs that{' '}
          {shownFrom === undefined
            ? 'weren’t looked at'
            : `this node doesn’t show: before epoch ${countText(shownFrom)}`}
          .
        </p>
      )}
      {walked.length > 0 && <h3>Why, proved down to the records</h3>}
      {walked.map(({ epoch: at, root }) => (
        <ProvedTree key={at} epoch={at} root={root!} />
      ))}
    </>
  )
}

const columns: readonly Column<ProvedEpoch>[] = [
  { name: 'Epoch', cell: ({ epoch }) => <EpochLink of={epoch} /> },
  { name: 'Paid', isNumber: true, cell: ({ payout }) => <Amount of={payout.amount} /> },
  { name: 'Credit after', isNumber: true, cell: ({ payout }) => <Amount of={payout.creditAfter} /> },
  {
    name: 'Depth',
    cell: ({ payout, root }) => (root === undefined ? counted(payout.lines.length, 'line') : 'down to the records'),
  },
]

function Limits() {
  return (
    <Section title="What this proves, and what not">
      <ul class="prose">
        <li>
          <strong>Proved:</strong> what the checks above list as passed, to who trusts the block they begin with and
          that less than a third of the stake lies.
        </li>
        <li>
          <strong>The node’s word only:</strong> every other page here, names of accounts and records, and whether there
          is a newer epoch than the node shows.
        </li>
        <li>
          <strong>Not provable:</strong> that an inference was never recorded at all. Claims in records (times, sources,
          methods) are their authors’.
        </li>
        <li>
          The program on this page came from the node as well, unless you opened it from disk: compare its SHA-256 with
          what <code>openledger --version</code> prints elsewhere. And only one node was asked: a second history shows
          only where several are, as <code>openledger light</code> does.
        </li>
      </ul>
    </Section>
  )
}
