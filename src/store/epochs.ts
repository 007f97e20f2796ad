import { decode } from '../../consensus/cbor/decode.ts'
import { encode } from '../../consensus/cbor/encode.ts'
import { Cid } from '../../consensus/cid.ts'
import { nativeCrypto } from '../crypto/native.ts'
import type { Database, StoreOp } from './database.ts'
import { afterPrefix, checkpointKey, epochKey, keyEpoch, u48Max } from './keys.ts'

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
    // Whoever asks may name any number.
    if (epoch < 0 || epoch > u48Max) return undefined
    const bytes = this.#database.get(epochKey(epoch))
    return bytes && decodeRecord(bytes)
  }

  /** The epoch whose checkpoint has this CID. */
  named(checkpoint: Cid): number | undefined {
    const bytes = this.#database.get(checkpointKey(checkpoint))
    return bytes && (decode(bytes) as number)
  }

  /** From epoch `from` through `to`, in order; epochs that aren't here are left out. */
  async *range(from: number, to: number): AsyncGenerator<EpochRecord & { epoch: number }> {
    if (from > u48Max) return
    const range = { from: epochKey(from), to: afterPrefix(epochKey(Math.min(to, u48Max))) }
    for await (const [key, value] of this.#database.entries(range))
      yield { epoch: keyEpoch(key), ...decodeRecord(value) }
  }
}

export function epochOp(epoch: number, { checkpoint, certificate, cut }: EpochRecord): StoreOp {
  return { key: epochKey(epoch), value: encode([checkpoint, certificate, cut]) }
}

/** Its checkpoint can be found by its name. */
export function checkpointOp(epoch: number, checkpoint: Uint8Array): StoreOp {
  return { key: checkpointKey(Cid.of(nativeCrypto, checkpoint)), value: encode(epoch) }
}

function decodeRecord(bytes: Uint8Array): EpochRecord {
  const [checkpoint, certificate, cut] = decode(bytes) as [Uint8Array, Uint8Array, Uint8Array]
  return { checkpoint, certificate, cut }
}
