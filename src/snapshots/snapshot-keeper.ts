import type { Crypto } from '../../consensus/crypto.ts'
import { decodeGenesis } from '../../consensus/genesis.ts'
import type { Log } from '../../network/log.ts'
import type { SnapshotOffer } from '../../network/protocols/snapshots.ts'
import type { StateRequest } from '../../network/protocols/state.ts'
import type { Store } from '../store/store.ts'
import { snapshotEvery } from './interval.ts'
import { chunkWith, readIndex } from './snapshot-index.ts'
import { writeSnapshot } from './snapshot-writer.ts'

export interface SnapshotKeeperOptions {
  readonly store: Store
  readonly crypto: Crypto
  /** After how many epochs the next one is kept, instead of what the genesis says. */
  readonly every: number | undefined
  readonly log: Log
  readonly onFatal: (error: Error) => void
}

/** The last two are served: who joins by the older one isn't cut off when the next comes. */
const keptMax = 2

/** Keeps the state of every so many epochs as a whole, for those who join. */
export class SnapshotKeeper {
  readonly #options: SnapshotKeeperOptions
  readonly #stop = new AbortController()
  readonly #every: number
  #running: Promise<void> | undefined

  constructor(options: SnapshotKeeperOptions) {
    this.#options = options
    this.#every = options.every ?? snapshotEvery(decodeGenesis(options.store.genesis()!).params)
  }

  /** Called after each epoch, before the next can be written, and once at the start: a snapshot that was broken off is begun anew. */
  onEpoch(epoch: number): void {
    const { store, log, onFatal } = this.#options
    if (epoch === 0 || epoch % this.#every !== 0 || this.#stop.signal.aborted || readIndex(store, epoch) !== undefined)
      return
    if (this.#running !== undefined) {
      log.warn({ epoch }, 'the snapshot before is still being written: this one is left out')
      return
    }
    this.#running = this.#keep(epoch)
      .catch((error: Error) => {
        if (!this.#stop.signal.aborted) onFatal(error)
      })
      .finally(() => {
        this.#running = undefined
      })
  }

  /** Resolves when no snapshot is being written. */
  async settled(): Promise<void> {
    await this.#running
  }

  async stop(): Promise<void> {
    this.#stop.abort()
    await this.#running
  }

  /** Whole ones, the newest first. */
  async offers(): Promise<SnapshotOffer[]> {
    const offers: SnapshotOffer[] = []
    for (const epoch of await this.#options.store.snapshots.epochs()) {
      const index = readIndex(this.#options.store, epoch)
      if (index === undefined) continue
      const { checkpoint, cells, bytes } = index
      offers.unshift({ epoch, checkpoint, cells, bytes })
    }
    return offers.slice(0, keptMax)
  }

  *chunk({ epoch, path }: StateRequest): Generator<Uint8Array> {
    const { store } = this.#options
    const index = readIndex(store, epoch)
    const chunk = index && store.snapshots.get(epoch, chunkWith(index, path))
    if (chunk !== undefined) yield chunk
  }

  async #keep(epoch: number): Promise<void> {
    const { store, crypto, log } = this.#options
    // The view is of this moment, whatever is written while the rest happens.
    const view = await store.view()
    try {
      if (view.head?.epoch !== epoch) return
      const size = await writeSnapshot({ store, crypto, view, signal: this.#stop.signal })
      log.info({ epoch, ...size }, 'a snapshot of the state is kept')
    } finally {
      await view.close()
    }
    const older = (await store.snapshots.epochs()).filter(kept => kept !== epoch)
    const whole = older.filter(kept => readIndex(store, kept) !== undefined).slice(1 - keptMax)
    for (const dropped of older) if (!whole.includes(dropped)) await store.snapshots.drop(dropped)
  }
}
