import { decode } from '../../consensus/cbor/decode.ts'
import { encode } from '../../consensus/cbor/encode.ts'
import type { Cid } from '../../consensus/cid.ts'
import type { Database, StoreOp } from './database.ts'
import { authorKey, batchKey, bodyKey } from './keys.ts'

/** A batch as it came, to be kept. */
export interface ArrivedBatch {
  readonly batch: Cid
  /** The author's public key, 32 bytes. */
  readonly author: Uint8Array
  readonly seq: number
  readonly header: Uint8Array
  /** 64 bytes. */
  readonly signature: Uint8Array
  /** The encoded list of records. */
  readonly body: Uint8Array
  /** The epoch of the head when the batch came. */
  readonly arrival: number
}

export interface StoredHeader {
  readonly header: Uint8Array
  /** 64 bytes. */
  readonly signature: Uint8Array
  /** The epoch of the head when the batch came. */
  readonly arrival: number
  /** Length of the body: known without reading it. */
  readonly bodyBytes: number
}

/** Headers and bodies by the batch's CID. */
export class Batches {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  get(batch: Cid): StoredHeader | undefined {
    return decodeHeader(this.#database.get(batchKey(batch)))
  }

  has(batch: Cid): boolean {
    return this.#database.get(batchKey(batch)) !== undefined
  }

  body(batch: Cid): Uint8Array | undefined {
    const stored = this.get(batch)
    return stored && this.#database.get(bodyKey(stored.arrival, batch))
  }

  /** Headers in the order asked for, read off the event loop. */
  async getMany(batches: readonly Cid[]): Promise<(StoredHeader | undefined)[]> {
    return (await this.#database.getMany(batches.map(batchKey))).map(decodeHeader)
  }

  /** Bodies in the order asked for, read off the event loop. */
  async bodies(batches: readonly Cid[]): Promise<(Uint8Array | undefined)[]> {
    const stored = await this.getMany(batches)
    // A batch that isn't there has no body under any arrival.
    return this.#database.getMany(batches.map((batch, i) => bodyKey(stored[i]?.arrival ?? 0, batch)))
  }
}

/** The size of a batch on the wire: what an author's part of a cut is measured in. */
export function batchSize({ header, signature, body }: ArrivedBatch): number {
  return header.length + signature.length + body.length
}

/** Header, body and the author's index entry of a batch. */
export function batchOps(arrived: ArrivedBatch): StoreOp[] {
  const { batch, author, seq, header, signature, body, arrival } = arrived
  return [
    { key: batchKey(batch), value: encode([header, signature, arrival, body.length]) },
    { key: bodyKey(arrival, batch), value: body },
    { key: authorKey(author, seq, batch), value: encode([batchSize(arrived), arrival]) },
  ]
}

function decodeHeader(bytes: Uint8Array | undefined): StoredHeader | undefined {
  if (bytes === undefined) return undefined
  const [header, signature, arrival, bodyBytes] = decode(bytes) as [Uint8Array, Uint8Array, number, number]
  return { header, signature, arrival, bodyBytes }
}
