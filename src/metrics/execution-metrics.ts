import { outcomeName } from '../../consensus/ledger/outcome.ts'
import { Counts } from '../../network/counts.ts'
import { byName } from './instruments.ts'
import type { MetricsGroup } from './metrics-source.ts'

/** What it takes to execute epochs and to write them. */
export const executionMetrics: MetricsGroup = to => {
  to.begin('Execution and state tree')
  const sums = { batches: 0, flows: 0, payouts: 0, cells: 0, pages: 0, pageBytes: 0 }
  const records = new Counts()
  const execution = to.histogram('execution_seconds', 'Time to execute the records of an epoch that became final.')
  const commit = to.histogram('execution_commit_seconds', 'Time to write such an epoch, until it is on the disk.')
  to.counter('execution_batches_total', 'Batches that became final.', () => sums.batches)
  to.counters(
    'execution_records_total',
    'Records that became final, by outcome: done, paid, unpaid, or why they failed.',
    ['outcome'],
    () => byName('outcome', records.all()),
  )
  to.counter('execution_flows_total', 'Flows of money through assets, models and agents.', () => sums.flows)
  to.counter('execution_payouts_total', 'Payouts to accounts.', () => sums.payouts)
  to.counter('state_written_cells_total', 'Cells of the state that epochs changed.', () => sums.cells)
  to.counter('state_tree_written_pages_total', 'Pages of the state tree that epochs changed.', () => sums.pages)
  to.counter('state_tree_written_bytes_total', 'Bytes of these pages.', () => sums.pageBytes)
  let heapBytes: number | undefined
  to.gauge(
    'execution_heap_bytes',
    'JavaScript heap of the thread that executes, after its last epoch.',
    () => heapBytes,
  )
  return (_, { work, finalized }) => {
    heapBytes = work.heapBytes
    execution.observe(work.executeMs / 1000)
    commit.observe(work.writeMs / 1000)
    for (const [code, count] of Object.entries(work.records)) records.add(outcomeName(Number(code)) ?? code, count)
    sums.batches += finalized.length
    sums.flows += work.flows
    sums.payouts += work.payouts
    sums.cells += work.cells
    sums.pages += work.pages
    sums.pageBytes += work.pageBytes
  }
}
