import { LedgerError } from '../../../consensus/errors.ts'
import type { HeadWatch, LedgerPages } from '../../../src/api/ledger-pages.ts'
import type { LightServing } from '../../../src/api/light-serving.ts'
import type { MemoryNode } from '../memory-node.ts'

const notHere = (): never => {
  throw new LedgerError('not-ready', 'a node in memory has no such list')
}

const noLight: LightServing = { genesis: () => undefined, headers: async function* () {}, proof: notHere }

/** What an API needs to serve a node in memory. Its lists fit into one page, and it proves nothing. */
export function memoryApi(view: MemoryNode) {
  const head: HeadWatch = {
    get epoch() {
      return view.ledger.epochs.length
    },
    until: async (epoch, wait) => void (await view.epoch(epoch, wait)),
  }
  const epoch = (number: number) => {
    const status = view.ledger.epochs[number - 1]
    if (status === undefined) return undefined
    const { batches: _, ...summary } = status
    return summary
  }
  const pages: LedgerPages = {
    epoch,
    accounts: async () => {
      const { epoch, payoutsFrom, accounts } = await view.payouts()
      return { epoch, payoutsFrom, items: accounts, next: null }
    },
    batches: async number => {
      const status = view.ledger.epochs[number - 1]
      return status && { items: status.batches, next: null }
    },
    epochs: notHere,
    payouts: notHere,
    flows: notHere,
    payoutsTo: notHere,
    recordsBy: notHere,
    positionsOf: notHere,
    batch: notHere,
    recordsIn: notHere,
    assets: notHere,
    asset: notHere,
    validators: notHere,
    params: notHere,
    events: notHere,
    checkpoint: () => undefined,
  }
  return { view, head, pages, light: noLight }
}
