import { decode } from '../../consensus/cbor/decode.ts'
import { encode } from '../../consensus/cbor/encode.ts'
import type { Cid } from '../../consensus/cid.ts'
import type { Database, StoreOp } from './database.ts'
import { outcomeKey } from './keys.ts'

/** What became of a finalized batch. */
export interface BatchOutcome {
  readonly epoch: number
  /** One code for each record. */
  readonly codes: Uint8Array
  /** Of each paid record, in order: the session's settled amount after it, in µOPEN. */
  readonly settled: readonly number[]
}

/** A batch has an outcome if and only if it is final. */
export class Outcomes {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  get(batch: Cid): BatchOutcome | undefined {
    return decodeOutcome(this.#database.get(outcomeKey(batch)))
  }

  async getMany(batches: readonly Cid[]): Promise<(BatchOutcome | undefined)[]> {
    return (await this.#database.getMany(batches.map(outcomeKey))).map(decodeOutcome)
  }
}

export function outcomeOp(batch: Cid, { epoch, codes, settled }: BatchOutcome): StoreOp {
  return { key: outcomeKey(batch), value: encode([epoch, codes, settled]) }
}

function decodeOutcome(bytes: Uint8Array | undefined): BatchOutcome | undefined {
  if (bytes === undefined) return undefined
  const [epoch, codes, settled] = decode(bytes) as unknown as [number, Uint8Array, number[]]
  return { epoch, codes, settled }
}
