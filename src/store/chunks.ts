import type { Database, StoreOp } from './database.ts'
import { afterPrefix, type ChunkSection, chunkKey, keyEpoch, sectionPrefix } from './keys.ts'

/** Long lists that belong to an epoch, cut into chunks numbered from 0. */
export class Chunks {
  readonly #database: Database
  readonly #section: ChunkSection

  constructor(database: Database, section: ChunkSection) {
    this.#database = database
    this.#section = section
  }

  get(epoch: number, number: number): Uint8Array | undefined {
    return this.#database.get(chunkKey(this.#section, epoch, number))
  }

  /** All of an epoch, in order. */
  async *all(epoch: number): AsyncGenerator<Uint8Array> {
    for await (const [, chunk] of this.#database.entries(this.#range(epoch))) yield chunk
  }

  /** Those of which there is any chunk, ascending; one seek for each. */
  async epochs(): Promise<number[]> {
    const epochs: number[] = []
    for (let from = sectionPrefix(this.#section); ; ) {
      const epoch = await this.#firstEpoch(from)
      if (epoch === undefined) return epochs
      epochs.push(epoch)
      from = this.#range(epoch).to
    }
  }

  async #firstEpoch(from: Uint8Array): Promise<number | undefined> {
    for await (const [key] of this.#database.entries({ from, to: afterPrefix(sectionPrefix(this.#section)) }))
      return keyEpoch(key)
    return undefined
  }

  async drop(epoch: number): Promise<void> {
    await this.#database.clear(this.#range(epoch))
  }

  op(epoch: number, number: number, chunk: Uint8Array): StoreOp {
    return { key: chunkKey(this.#section, epoch, number), value: chunk }
  }

  ops(epoch: number, chunks: readonly Uint8Array[]): StoreOp[] {
    return chunks.map((chunk, number) => this.op(epoch, number, chunk))
  }

  #range(epoch: number): { from: Uint8Array; to: Uint8Array } {
    const from = chunkKey(this.#section, epoch)
    return { from, to: afterPrefix(from) }
  }
}
