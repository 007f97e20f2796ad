import { decode } from '../../consensus/cbor/decode.ts'
import { encode } from '../../consensus/cbor/encode.ts'
import type { Database, StoreOp } from './database.ts'
import { afterPrefix, epochKey, keyEpoch } from './keys.ts'

/** What makes an epoch final, each part encoded. */
export interface EpochRecord {
  readonly checkpoint: Uint8Array
  readonly certificate: Uint8Array
  readonly cut: Uint8Array
}

/** The finalized epochs, from 1. */
export class Epochs {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  get(epoch: number): EpochRecord | undefined {
    const bytes = this.#database.get(epochKey(epoch))
    return bytes && decodeRecord(bytes)
  }

  /** From epoch `from` through `to`, in order; epochs that aren't here are left out. */
  async *range(from: number, to: number): AsyncGenerator<EpochRecord & { epoch: number }> {
    const range = { from: epochKey(from), to: afterPrefix(epochKey(to)) }
    for await (const [key, value] of this.#database.entries(range))
      yield { epoch: keyEpoch(key), ...decodeRecord(value) }
  }
}

export function epochOp(epoch: number, { checkpoint, certificate, cut }: EpochRecord): StoreOp {
  return { key: epochKey(epoch), value: encode([checkpoint, certificate, cut]) }
}

function decodeRecord(bytes: Uint8Array): EpochRecord {
  const [checkpoint, certificate, cut] = decode(bytes) as [Uint8Array, Uint8Array, Uint8Array]
  return { checkpoint, certificate, cut }
}
