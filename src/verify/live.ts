import { type ByteKey, toKey } from '../../consensus/bytes.ts'
import type { Cid } from '../../consensus/cid.ts'
import type { ChunkSection } from '../store/keys.ts'

/** What the checks came upon from the head down. Anything else in a store belongs to nothing. */
export class Live {
  readonly #checkpoints = new Set<ByteKey>()
  readonly #blocks = new Set<ByteKey>()
  readonly #batches = new Set<ByteKey>()
  readonly #final = new Set<ByteKey>()
  readonly #chunks = new Map<string, number>()

  checkpoint(cid: Cid): void {
    this.#checkpoints.add(toKey(cid.digest))
  }

  block(cid: Cid): void {
    this.#blocks.add(toKey(cid.digest))
  }

  batch(cid: Cid, { final }: { final: boolean }): void {
    const digest = toKey(cid.digest)
    this.#batches.add(digest)
    if (final) this.#final.add(digest)
  }

  /** How many chunks an epoch has. */
  chunks(section: ChunkSection, epoch: number, count: number): void {
    this.#chunks.set(`${section} ${epoch}`, count)
  }

  /** Whether the epoch has a chunk of that number; true where nobody counted. */
  hasChunk(section: ChunkSection, epoch: number, number: number): boolean {
    return number < (this.#chunks.get(`${section} ${epoch}`) ?? Number.POSITIVE_INFINITY)
  }

  /** By digest, 32 bytes. */
  hasCheckpoint(digest: Uint8Array): boolean {
    return this.#checkpoints.has(toKey(digest))
  }

  hasBlock(digest: Uint8Array): boolean {
    return this.#blocks.has(toKey(digest))
  }

  hasBatch(digest: Uint8Array): boolean {
    return this.#batches.has(toKey(digest))
  }

  isFinal(digest: Uint8Array): boolean {
    return this.#final.has(toKey(digest))
  }
}
