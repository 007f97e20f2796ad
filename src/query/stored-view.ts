import { toKey } from '../../consensus/bytes.ts'
import { decodeCheckpoint } from '../../consensus/checkpoint.ts'
import { LedgerError } from '../../consensus/errors.ts'
import { decodeCell } from '../../consensus/ledger/cells/cell.ts'
import { setsCodec, setsKey } from '../../consensus/ledger/cells/global.ts'
import type { NodeStatus, OpenView, SubmitStatus } from '../api/node-view.ts'
import { Store } from '../store/store.ts'
import { programVersion } from '../version.ts'
import { finalSeq } from './final-seq.ts'
import { LedgerView } from './ledger-view.ts'

/** Throws StoreOpenError where there is no ledger, or a node runs on it. */
export async function openStoredView(dir: string): Promise<StoredView> {
  return new StoredView(await Store.open(dir, { create: false, multithreading: false }))
}

const atRest = 'the node is not running: this is its data as it left it'

/** A node's data folder at rest. */
export class StoredView extends LedgerView implements OpenView {
  async status(): Promise<NodeStatus> {
    const { epoch, checkpoint } = this.store.head() ?? { epoch: 0, checkpoint: undefined }
    const record = this.store.epochs.get(epoch)
    const sets = this.store.state.get(setsKey)
    return {
      version: programVersion,
      chain: this.store.chain()?.toString() ?? '',
      role: 'full',
      validator: null,
      peerId: '',
      addrs: [],
      peers: 0,
      epoch,
      checkpoint: record === undefined ? null : checkpoint!.toString(),
      time: record === undefined ? null : decodeCheckpoint(record.checkpoint).time,
      round: null,
      syncing: false,
      target: null,
      secondsLeft: null,
      stalled: false,
      validators: sets === undefined ? 0 : decodeCell(setsCodec, sets).current.length,
      votingWaits: null,
      clockDifferenceMs: null,
      halted: atRest,
      pending: await this.#pending(),
    }
  }

  submit(): Promise<SubmitStatus> {
    return Promise.reject(notRunning())
  }

  halt(): Promise<void> {
    return Promise.reject(notRunning())
  }

  close(): Promise<void> {
    return this.store.close()
  }

  /** What its mempool would hold: all above the authors' final batches. */
  async #pending(): Promise<{ batches: number; bytes: number }> {
    const pending = { batches: 0, bytes: 0 }
    for await (const { bytes } of this.store.authors.beyond(author => finalSeq(this.store, toKey(author)))) {
      pending.batches++
      pending.bytes += bytes
    }
    return pending
  }
}

function notRunning(): LedgerError {
  return new LedgerError('not-running', atRest, {}, 'start the node and try again')
}
