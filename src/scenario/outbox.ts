import { type ByteKey, fromHex } from '../../consensus/bytes.ts'
import { Cid } from '../../consensus/cid.ts'
import type { FinalBatch } from '../api/node-view.ts'
import type { WrittenBatch } from './batch-writer.ts'
import type { NodePool } from './node-pool.ts'

/** One author's batches that aren't final yet, in order. */
interface Row {
  readonly batches: WrittenBatch[]
  /** How many of them the author's present node has. */
  sent: number
  /** When the last of them was sent, or the node changed. */
  sentMs: number
  resendAfterMs: number
}

const parallelMax = 8
const resendAfterMsMax = 60_000

/** Batches on their way to finality. What a node lost goes again to another: same bytes, same CID. */
export class Outbox {
  readonly #pool: NodePool
  readonly #resendAfterMs: number
  readonly #rows = new Map<string, Row>()
  readonly #byCid = new Map<ByteKey, WrittenBatch>()
  #bytes = 0

  constructor(pool: NodePool, resendAfterMs: number) {
    this.#pool = pool
    this.#resendAfterMs = resendAfterMs
  }

  /** Of bodies that aren't final. */
  get bytes(): number {
    return this.#bytes
  }

  get size(): number {
    return this.#byCid.size
  }

  put(batch: WrittenBatch): void {
    const row = this.#rows.get(batch.author)
    if (row === undefined) {
      this.#rows.set(batch.author, { batches: [batch], sent: 0, sentMs: 0, resendAfterMs: this.#resendAfterMs })
    } else row.batches.push(batch)
    this.#byCid.set(batch.cid.key, batch)
    this.#bytes += batch.bytes.body.length
  }

  /** Sends what no node has yet, and again what should have been final long ago. */
  async flush(nowMs: number): Promise<void> {
    const rows = [...this.#rows].filter(([author, row]) => this.#isDue(author, row, nowMs))
    const sender = async () => {
      for (let next = rows.pop(); next !== undefined; next = rows.pop()) await this.#send(next[1], nowMs)
    }
    await Promise.all(Array.from({ length: parallelMax }, sender))
  }

  /** A batch became final. Answers it with its outcome codes if it is one of ours. */
  settle(final: FinalBatch): { batch: WrittenBatch; codes: Uint8Array } | undefined {
    const batch = this.#byCid.get(Cid.fromText(final.cid).key)
    if (batch === undefined) return undefined
    this.#byCid.delete(batch.cid.key)
    this.#bytes -= batch.bytes.body.length
    const row = this.#rows.get(batch.author)!
    row.batches.splice(row.batches.indexOf(batch), 1)
    row.sent = Math.max(0, row.sent - 1)
    row.resendAfterMs = this.#resendAfterMs
    if (row.batches.length === 0) this.#rows.delete(batch.author)
    return { batch, codes: fromHex(final.codes)! }
  }

  #isDue(author: string, row: Row, nowMs: number): boolean {
    if (row.sent < row.batches.length) return true
    if (nowMs - row.sentMs < row.resendAfterMs) return false
    this.#pool.move(author)
    row.sent = 0
    row.resendAfterMs = Math.min(2 * row.resendAfterMs, resendAfterMsMax)
    return true
  }

  async #send(row: Row, nowMs: number): Promise<void> {
    row.sentMs = nowMs
    while (row.sent < row.batches.length) {
      if (await this.#pool.submit(row.batches[row.sent]!)) row.sent++
      else {
        // The next node may have none of the author's batches: it gets all of them, in order.
        row.sent = 0
        return
      }
    }
  }
}
