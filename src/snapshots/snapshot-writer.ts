import { type ByteKey, compareBytes, concat } from '../../consensus/bytes.ts'
import type { Cid } from '../../consensus/cid.ts'
import type { Crypto } from '../../consensus/crypto.ts'
import { InvariantError } from '../../consensus/errors.ts'
import { statePath } from '../../consensus/merkle/state-changes.ts'
import { readRootPage } from '../../consensus/merkle/state-page.ts'
import { firstPath, lastPath, pathAfter, stateBesideRange } from '../../consensus/merkle/state-range.ts'
import { stateChunkBytes } from '../../network/limits.ts'
import { stateChunk } from '../../network/protocols/state.ts'
import { breathe } from '../proofs/breathe.ts'
import type { Store } from '../store/store.ts'
import type { View } from '../store/view.ts'
import { encodeIndex, indexNumber } from './snapshot-index.ts'

/** Cells are kept by key and sent by path: so many are put in order at once, some 40 MB of them. */
const cellsSortedMax = 200_000

export interface SnapshotSize {
  readonly cells: number
  readonly bytes: number
  readonly chunks: number
}

export interface SnapshotTask {
  readonly store: Store
  readonly crypto: Crypto
  /** Of the epoch whose state is kept. */
  readonly view: View
  readonly signal: AbortSignal
  /** Bytes of cells in a chunk, instead of the usual ones. */
  readonly chunkBytes?: number | undefined
  /** Cells put in order at once, instead of the usual ones. */
  readonly sortedMax?: number | undefined
}

/** Writes the state of a view as chunks in path order, each with its proof. How it is cut depends on the state alone. */
export async function writeSnapshot(task: SnapshotTask): Promise<SnapshotSize> {
  const { head } = task.view
  if (head === undefined) throw new InvariantError('T4', 'a snapshot of a store without a head')
  const writer = new ChunkWriter(task, head.epoch)
  await task.store.snapshots.drop(head.epoch)
  for (const slice of slices(task.view, task.sortedMax ?? cellsSortedMax)) {
    for (const { path, key } of await cellsOf(task, slice)) {
      task.signal.throwIfAborted()
      await writer.add(path, key, task.view.state.get(key)!)
    }
  }
  return writer.end(head.checkpoint)
}

/** Whole subtrees of the topmost page, [first, end) of its children, with at most so many cells each where that can be. */
interface Slice {
  readonly first: number
  readonly end: number
}

function slices(view: View, cellsMax: number): Slice[] {
  const root = readRootPage(view.pages)
  if (root.kind === 'leaf') return [{ first: 0, end: 256 }]
  const found: Slice[] = []
  let first = 0
  for (let end = 1; end <= root.size; end++) {
    if (end < root.size && root.countIn(first, end + 1) <= cellsMax) continue
    found.push({ first, end })
    first = end
  }
  return found
}

interface PlacedCell {
  readonly path: Uint8Array
  readonly key: ByteKey
}

/** In path order. One pass over all cells: a state of many slices is read many times, and never held. */
async function cellsOf({ crypto, view, signal }: SnapshotTask, { first, end }: Slice): Promise<PlacedCell[]> {
  const cells: PlacedCell[] = []
  for await (const [key] of view.cells('')) {
    const path = statePath(crypto, key)
    if (path[0]! >= first && path[0]! < end) cells.push({ path, key })
    signal.throwIfAborted()
    await breathe()
  }
  return cells.sort((a, b) => compareBytes(a.path, b.path))
}

class ChunkWriter {
  readonly #task: SnapshotTask
  readonly #epoch: number
  readonly #bounds: Uint8Array[] = []
  #from: Uint8Array = firstPath
  #cells: [key: ByteKey, value: Uint8Array][] = []
  #chunkBytes = 0
  #count = 0
  #bytes = 0

  constructor(task: SnapshotTask, epoch: number) {
    this.#task = task
    this.#epoch = epoch
  }

  async add(path: Uint8Array, key: ByteKey, value: Uint8Array): Promise<void> {
    this.#cells.push([key, value])
    this.#count++
    this.#chunkBytes += key.length + value.length
    if (this.#chunkBytes >= (this.#task.chunkBytes ?? stateChunkBytes)) await this.#cut(path)
  }

  /** Nothing but the index says that a snapshot is whole, so it comes last and all of it is on the disk. */
  async end(checkpoint: Cid): Promise<SnapshotSize> {
    const { store } = this.#task
    await this.#cut(lastPath)
    await store.sync()
    const size = { cells: this.#count, bytes: this.#bytes }
    const index = encodeIndex({ checkpoint, ...size, bounds: concat(...this.#bounds) })
    await store.write([store.snapshots.op(this.#epoch, indexNumber, index)], { sync: true })
    return { ...size, chunks: this.#bounds.length }
  }

  async #cut(to: Uint8Array): Promise<void> {
    const { store, crypto, view } = this.#task
    const range = { from: this.#from, to }
    const beside = stateBesideRange(crypto, view.pages, range)
    this.#bounds.push(to)
    const chunk = stateChunk.encode({ ...range, beside, cells: this.#cells })
    await store.write([store.snapshots.op(this.#epoch, this.#bounds.length, chunk)], { sync: false })
    this.#bytes += this.#chunkBytes
    this.#cells = []
    this.#chunkBytes = 0
    this.#from = pathAfter(to) ?? lastPath
    await breathe()
  }
}
