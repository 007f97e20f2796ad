import { equalBytes } from '../../consensus/bytes.ts'
import { decode } from '../../consensus/cbor/decode.ts'
import { Cid } from '../../consensus/cid.ts'
import type { Database } from './database.ts'
import { afterPrefix, authorKey, authorKeyParts, sectionPrefix, u48Max } from './keys.ts'

/** The place of a batch in its author's chain. */
export interface BatchPlace {
  /** The author's public key, 32 bytes. */
  readonly author: Uint8Array
  readonly seq: number
  readonly batch: Cid
}

export interface IndexedBatch extends BatchPlace {
  /** Header, signature and body. */
  readonly bytes: number
  /** The epoch of the head when the batch came. */
  readonly arrival: number
}

/** As many entries, about, are read in the time that it takes to seek another place. */
const seekEntries = 32

/** All known batches of all authors, pending ones and forks (R5) included. */
export class AuthorIndex {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /** By author, seq and CID. */
  all(): AsyncGenerator<IndexedBatch> {
    const prefix = sectionPrefix('author')
    return this.#scan(prefix, afterPrefix(prefix))
  }

  /**
   * Of each author the batches beyond the seq that `finalSeq` tells of it. Of those up to it only a few are read: a ledger of years has
   * any number of them, and few authors for each.
   */
  async *beyond(finalSeq: (author: Uint8Array) => number): AsyncGenerator<IndexedBatch> {
    const prefix = sectionPrefix('author')
    const end = afterPrefix(prefix)
    let author: Uint8Array | undefined
    let final = 0
    for (let from: Uint8Array | undefined = prefix; from !== undefined; ) {
      const at: Uint8Array = from
      from = undefined
      for await (const known of this.#scan(at, end)) {
        if (author === undefined || !equalBytes(author, known.author)) {
          author = known.author
          final = finalSeq(author)
        }
        if (known.seq > final) yield known
        else if (final - known.seq >= seekEntries) {
          from = authorKey(author, final + 1)
          break
        }
      }
    }
  }

  /** An author's batches from seq `from` through `to`, by seq and CID. */
  range(author: Uint8Array, from: number, to: number): AsyncGenerator<IndexedBatch> {
    return this.#scan(authorKey(author, from), afterPrefix(authorKey(author, to)))
  }

  /** The oldest batch of an author that is here. */
  async first(author: Uint8Array): Promise<IndexedBatch | undefined> {
    for await (const batch of this.range(author, 0, u48Max)) return batch
    return undefined
  }

  /** The rivals for one seq, by CID. */
  async at(author: Uint8Array, seq: number): Promise<IndexedBatch[]> {
    const rivals: IndexedBatch[] = []
    for await (const batch of this.range(author, seq, seq)) rivals.push(batch)
    return rivals
  }

  async *#scan(from: Uint8Array, to: Uint8Array): AsyncGenerator<IndexedBatch> {
    for await (const [key, value] of this.#database.entries({ from, to })) {
      const { author, seq, digest } = authorKeyParts(key)
      const [bytes, arrival] = decode(value) as [number, number]
      yield { author, seq, batch: Cid.fromDigest(digest), bytes, arrival }
    }
  }
}
